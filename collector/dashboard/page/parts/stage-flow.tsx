import { useFormat } from "../format.ts";
import { hueOf } from "./channel-colour.ts";

interface StageFlowProps {
	stages: readonly string[];
	transitions: readonly { from: string; to: string; count: number; probability: number }[];
	title: string;
}

const STEP = 180;
const WIDTH_MAX = 26;
const TOP = 150;
const HEIGHT = 310;

/** Stages in a row; arcs above lead on, arcs below lead back; wider arcs are walked more often. */
export function StageFlow({ stages, transitions, title }: StageFlowProps) {
	const format = useFormat();
	const inner = transitions.filter(({ from, to }) => stages.includes(from) && stages.includes(to) && from !== to);
	const max = Math.max(1, ...inner.map(({ count }) => count));
	const x = (stage: string) => 80 + stages.indexOf(stage) * STEP;
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
		<section class="scroll" tabIndex={0} aria-label={title}>
			<svg width={80 + stages.length * STEP} height={HEIGHT} role="img" aria-label={title}>
				{inner.map(({ from, to, count, probability }) => {
					const isOn = x(to) > x(from);
					const span = Math.abs(x(to) - x(from));
					const rise = Math.min(130, span * 0.42) * (isOn ? -1 : 1);
					const y = TOP + (isOn ? -16 : 16);
					const label = `${format.name(from)} → ${format.name(to)}: ${format.number(count)} (${format.percent(probability)})`;
					const middle = (x(from) + x(to)) / 2;
					return (
						<g key={`${from} ${to}`} class={hueOf(isOn ? "web" : "ticket")}>
							<path
								class="band"
								d={`M${x(from)},${y} Q${middle},${y + rise * 1.6} ${x(to)},${y}`}
								stroke-width={Math.max(1, (count / max) * WIDTH_MAX)}
							>
								<title>{label}</title>
							</path>
							{span === STEP && (
								<text x={middle} y={y + rise * 0.8 + (isOn ? -4 : 12)} text-anchor="middle">
									{format.percent(probability)}
								</text>
							)}
						</g>
					);
				})}
				{stages.map((stage) => (
					<g key={stage}>
						<circle class="bar hue-9" cx={x(stage)} cy={TOP} r={7} />
						<text x={x(stage)} y={TOP + 4} dx={12}>
							{format.name(stage)}
						</text>
					</g>
				))}
			</svg>
		</section>
	);
}
