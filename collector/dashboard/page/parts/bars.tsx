import { Fragment } from "preact";
import { useFormat } from "../format.ts";
import type { Interval } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";
import { hueOf } from "./channel-colour.ts";
import { Drawing } from "./drawing.tsx";

export interface Bar {
	label: string;
	value: number;
	interval?: Interval | undefined;
	/** Of the period before: a tick on the bar. */
	before?: number | undefined;
}

const WIDTH = 1000;

interface BarsProps {
	bars: readonly Bar[];
	title: string;
	show?: (value: number) => string;
	/** More of a bar than its number: shown beside it. */
	note?: (index: number) => string;
	/** Where labels are steps of one thing, and not channels. */
	isOneHue?: boolean;
}

/** Horizontal bars, each with its number and, where known, its interval. The data table beside it is the text for readers. */
export function Bars({ bars, title, show, note, isOneHue }: BarsProps) {
	const format = useFormat();
	const words = useWords();
	const largest = bars.flatMap(({ value, interval, before }) => [value, interval?.high ?? 0, before ?? 0]);
	const max = Math.max(1e-9, ...largest);
	const write = show ?? format.decimal;
	const tell = ({ label, value, interval, before }: Bar) =>
		[
			`${format.name(label)}: ${write(value)}`,
			...(interval === undefined ? [] : [`${write(interval.low)}–${write(interval.high)}`]),
			...(before === undefined ? [] : [`${words.common.before}: ${write(before)}`]),
		].join("; ");
	const x = (value: number) => (Math.max(0, value) / max) * WIDTH;
	return (
		<>
			<Drawing title={title}>
				<div class={note === undefined ? "bars" : "bars noted"}>
					{bars.map((bar, index) => {
						const { label, value, interval, before } = bar;
						return (
							<Fragment key={label}>
								<span>{format.name(label)}</span>
								<svg data-tip={tell(bar)} viewBox={`0 0 ${WIDTH} 18`} preserveAspectRatio="none" aria-hidden="true">
									<rect class={`bar ${hueOf(isOneHue ? "web" : label)}`} x={0} y={3} width={x(value)} height={12} />
									{interval !== undefined && (
										<line
											class="interval"
											vector-effect="non-scaling-stroke"
											x1={x(interval.low)}
											x2={x(interval.high)}
											y1={9}
											y2={9}
										/>
									)}
									{before !== undefined && (
										<line
											class="tick"
											vector-effect="non-scaling-stroke"
											x1={x(before)}
											x2={x(before)}
											y1={0}
											y2={18}
										/>
									)}
								</svg>
								<span class="number">{write(value)}</span>
								{note !== undefined && <span class="note">{note(index)}</span>}
							</Fragment>
						);
					})}
				</div>
			</Drawing>
			{bars.some(({ before }) => before !== undefined) && <p class="note legend">{words.common.tick}</p>}
		</>
	);
}
