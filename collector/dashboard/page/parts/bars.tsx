import { Fragment } from "preact";
import { useFormat } from "../format.ts";
import type { Interval } from "../use-analysis.ts";
import { hueOf } from "./channel-colour.ts";

export interface Bar {
	label: string;
	value: number;
	interval?: Interval;
}

const WIDTH = 1000;

/** Horizontal bars, each with its number and, where known, its interval. The data table beside it is the text for readers. */
export function Bars({ bars, title, show }: { bars: readonly Bar[]; title: string; show?: (value: number) => string }) {
	const format = useFormat();
	const max = Math.max(1e-9, ...bars.map(({ value, interval }) => Math.max(value, interval?.high ?? 0)));
	const x = (value: number) => (Math.max(0, value) / max) * WIDTH;
	return (
		<div class="bars" role="img" aria-label={title}>
			{bars.map(({ label, value, interval }) => (
				<Fragment key={label}>
					<span>{format.name(label)}</span>
					<svg viewBox={`0 0 ${WIDTH} 18`} preserveAspectRatio="none" aria-hidden="true">
						<rect class={`bar ${hueOf(label)}`} x={0} y={2} width={x(value)} height={14} />
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
					</svg>
					<span class="number">{(show ?? format.decimal)(value)}</span>
				</Fragment>
			))}
		</div>
	);
}
