import { useFormat } from "../format.ts";
import { hueOf } from "./channel-colour.ts";

interface SpreadProps {
	title: string;
	rows: readonly { label: string; points: readonly { name: string; value: number }[] }[];
	show: (value: number) => string;
}

const WIDTH = 960;
const ROW = 26;
const LABEL = 150;

/** One line a row from its smallest to its largest point: how far the models are apart. */
export function Spread({ title, rows, show }: SpreadProps) {
	const format = useFormat();
	const max = Math.max(1e-9, ...rows.flatMap(({ points }) => points.map(({ value }) => value)));
	const x = (value: number) => LABEL + (Math.max(0, value) / max) * (WIDTH - LABEL - 40);
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
		<section class="scroll" tabIndex={0} aria-label={title}>
			<svg width={WIDTH} height={rows.length * ROW + 28} role="img" aria-label={title}>
				{[0, max].map((value) => (
					<text key={value} class="gap" x={x(value)} y={rows.length * ROW + 22} text-anchor="middle">
						{show(value)}
					</text>
				))}
				{rows.map(({ label, points }, row) => {
					const values = points.map(({ value }) => value);
					const y = row * ROW + ROW / 2 + 4;
					return (
						<g key={label} class={hueOf(label)}>
							<text x={LABEL - 8} y={y + 4} text-anchor="end">
								{format.name(label)}
							</text>
							<line class="axis" x1={x(Math.min(...values))} x2={x(Math.max(...values))} y1={y} y2={y} />
							{points.map(({ name, value }) => (
								<circle key={name} class="bar" cx={x(value)} cy={y} r={5} fill-opacity={0.7}>
									<title>{`${format.name(label)}, ${name}: ${show(value)}`}</title>
								</circle>
							))}
						</g>
					);
				})}
			</svg>
		</section>
	);
}
