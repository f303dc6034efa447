import { useFormat } from "../format.ts";
import { hueOf } from "../parts/channel-colour.ts";
import type { Touchpoint } from "../records.ts";
import { useWords } from "../words/index.ts";
import { AXIS_HEIGHT, engagedOf, LABEL_WIDTH, LANE_HEIGHT, type LayoutOptions, layOut, type Mark } from "./layout.ts";

interface TimelineProps {
	/** Device hash → its id. */
	devices: ReadonlyMap<string, string>;
	touchpoints: readonly Touchpoint[];
	options: LayoutOptions;
	/** Id of the contact whose details are shown. */
	chosen: string;
	/** Under the pointer, or reached by keyboard. */
	onPoint: (touchpoint: Touchpoint) => void;
	/** Clicked. */
	onChoose: (touchpoint: Touchpoint) => void;
}

const MARK_HEIGHT = 20;

/** The chain as a drawing: a lane for each device and channel, longer marks for longer reading, a star where a goal was met. */
export function Timeline({ devices, touchpoints, options, chosen, onPoint, onChoose }: TimelineProps) {
	const format = useFormat();
	const words = useWords();
	const { lanes, marks, gaps, ticks, width, height } = layOut(touchpoints, options);
	const nameOf = (mark: Mark): string => {
		const [first] = mark.touchpoints;
		if (first === undefined) return "";
		const engagedMs = engagedOf(mark.touchpoints);
		const what =
			mark.touchpoints.length > 1
				? words.person.session(mark.touchpoints.length)
				: `${format.name(first.type)}${first.page?.title === undefined ? "" : `: ${first.page.title}`}`;
		const engaged = engagedMs > 0 ? `, ${words.person.engaged} ${format.duration(engagedMs)}` : "";
		const goal = mark.isConversion ? `, ${words.person.conversion}` : "";
		return `${format.time(first.timestamp)}: ${format.name(first.channel)}, ${what}${engaged}${goal}`;
	};
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
		<section class="scroll timeline" tabIndex={0} aria-label={words.person.timeline}>
			<svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
				<title>{words.person.timeline}</title>
				{lanes.map((lane, index) => (
					<g key={`${lane.channel} ${lane.device}`} class="lane">
						<line x1={0} x2={width} y1={(index + 1) * LANE_HEIGHT} y2={(index + 1) * LANE_HEIGHT} />
						<text x={2} y={index * LANE_HEIGHT + LANE_HEIGHT / 2 + (lane.device === "" ? 4 : -2)}>
							{lane.deviceFamily === ""
								? format.name(lane.channel)
								: `${format.name(lane.channel)} · ${format.name(lane.deviceFamily)}`}
						</text>
						{lane.device !== "" && (
							<g>
								<title>{devices.get(lane.device) ?? lane.device}</title>
								<text class="small" x={2} y={index * LANE_HEIGHT + LANE_HEIGHT / 2 + 13}>
									{cut(devices.get(lane.device) ?? lane.device)}
								</text>
							</g>
						)}
					</g>
				))}
				{gaps.map(({ x, ms }) => (
					<g key={x}>
						<line class="gap" x1={x} x2={x} y1={4} y2={height - AXIS_HEIGHT} />
						<text class="gap" x={x} y={height - 10} text-anchor="middle">
							{format.duration(ms)}
						</text>
					</g>
				))}
				{ticks.map(({ x, t }) => (
					<text key={x} class="gap" x={x} y={height - 10} text-anchor="middle">
						{format.date(t)}
					</text>
				))}
				<line class="axis" x1={LABEL_WIDTH} x2={width} y1={height - AXIS_HEIGHT} y2={height - AXIS_HEIGHT} />
				{marks.map((mark) => {
					const y = mark.lane * LANE_HEIGHT + (LANE_HEIGHT - MARK_HEIGHT) / 2;
					const label = nameOf(mark);
					const [first] = mark.touchpoints;
					if (first === undefined) return null;
					const isChosen = mark.touchpoints.some(({ id }) => id === chosen);
					return (
						// biome-ignore lint/a11y/useSemanticElements: SVG has no button.
						<g
							key={mark.id}
							class={`mark ${hueOf(first.channel)}${isChosen ? " chosen" : ""}`}
							role="button"
							tabIndex={0}
							aria-label={label}
							aria-pressed={isChosen}
							onClick={() => onChoose(first)}
							onMouseEnter={() => onPoint(first)}
							onFocus={() => onPoint(first)}
							onKeyDown={(event: KeyboardEvent) => {
								if (event.key === "Enter" || event.key === " ") {
									event.preventDefault();
									onChoose(first);
								}
							}}
						>
							<title>{label}</title>
							<rect
								x={mark.x}
								y={y}
								width={mark.width}
								height={MARK_HEIGHT}
								rx={mark.touchpoints.length > 1 ? 10 : 4}
							/>
							{mark.touchpoints.length > 1 && (
								<text class="count" x={mark.x + mark.width / 2} y={y + 14} text-anchor="middle">
									{mark.touchpoints.length}
								</text>
							)}
							{mark.isConversion && (
								<text class="star" x={mark.x + mark.width / 2} y={y - 1} text-anchor="middle">
									★
								</text>
							)}
						</g>
					);
				})}
			</svg>
		</section>
	);
}

const ID_CHARS_MAX = 22;

/** SVG does not wrap text; the whole id is in its title and in the table of identifiers. */
function cut(id: string): string {
	return id.length > ID_CHARS_MAX ? `${id.slice(0, ID_CHARS_MAX - 1)}…` : id;
}
