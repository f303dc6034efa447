import { useFormat } from "../format.ts";
import type { Interval } from "../use-analysis.ts";
import { hueOf } from "./channel-colour.ts";
import { Drawing } from "./drawing.tsx";
import { roundTicks } from "./round-ticks.ts";
import { useWidth } from "./use-width.ts";

interface SpreadProps {
	title: string;
	rows: readonly {
		label: string;
		points: readonly {
			name: string;
			value: number;
			/** What is told of the dot. */
			text: string;
			isChosen: boolean;
		}[];
		/** Of the chosen point. */
		interval?: Interval | undefined;
	}[];
	show: (value: number) => string;
}

const WIDTH_MIN = 520;
const ROW = 26;
const LABEL = 160;

/** One line a row from its smallest to its largest point: how far the models are apart; the chosen one with its interval. */
export function Spread({ title, rows, show }: SpreadProps) {
	const format = useFormat();
	const { box, width: room } = useWidth(900);
	const width = Math.max(WIDTH_MIN, room);
	const largest = rows.flatMap(({ points, interval }) => [interval?.high ?? 0, ...points.map(({ value }) => value)]);
	const max = Math.max(1e-9, ...largest);
	const x = (value: number) => LABEL + (Math.max(0, value) / max) * (width - LABEL - 48);
	const bottom = rows.length * ROW + 4;
	const ticks = roundTicks(max);
	return (
		<div ref={box}>
			<Drawing title={title}>
				<svg width={width} height={bottom + 24} viewBox={`0 0 ${width} ${bottom + 24}`} role="img" aria-label={title}>
					{ticks.map((value) => (
						<g key={value}>
							<line class="axis" x1={x(value)} x2={x(value)} y1={0} y2={bottom} />
							<text class="gap" x={x(value)} y={bottom + 16} text-anchor="middle">
								{show(value)}
							</text>
						</g>
					))}
					{rows.map(({ label, points, interval }, row) => {
						const values = points.map(({ value }) => value);
						const y = row * ROW + ROW / 2;
						return (
							<g key={label} class={hueOf(label)}>
								<text x={LABEL - 12} y={y + 4} text-anchor="end">
									{cut(format.name(label))}
								</text>
								<line
									class="loop"
									x1={x(Math.min(...values))}
									x2={x(Math.max(...values))}
									y1={y}
									y2={y}
									stroke-width={3}
								/>
								{interval !== undefined && (
									<line class="interval" x1={x(interval.low)} x2={x(interval.high)} y1={y} y2={y} />
								)}
								{points.map(({ name, value, text, isChosen }) => (
									<circle
										key={name}
										class={isChosen ? "dot chosen" : "dot"}
										data-tip={text}
										cx={x(value)}
										cy={y}
										r={isChosen ? 6 : 5}
									/>
								))}
							</g>
						);
					})}
				</svg>
			</Drawing>
		</div>
	);
}

const LABEL_CHARS_MAX = 24;

/** SVG does not wrap text; the whole name is in the table. */
function cut(text: string): string {
	return text.length > LABEL_CHARS_MAX ? `${text.slice(0, LABEL_CHARS_MAX - 1)}…` : text;
}
