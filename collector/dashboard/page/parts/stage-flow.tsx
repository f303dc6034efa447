import { useFormat } from "../format.ts";
import { hueOf } from "./channel-colour.ts";
import { Drawing } from "./drawing.tsx";
import { useWidth } from "./use-width.ts";

interface StageFlowProps {
	stages: readonly string[];
	transitions: readonly { from: string; to: string; count: number; probability: number }[];
	title: string;
}

/** The longest name of a stage fits. */
const STEP_MIN = 120;
const WIDTH_MAX = 26;
const TOP = 170;
const HEIGHT = 340;
const LOOP = 26;

/** Stages in a row; arcs above lead on, arcs below lead back, circles stay; wider ones are walked more often. */
export function StageFlow({ stages, transitions, title }: StageFlowProps) {
	const format = useFormat();
	const { box, width } = useWidth(900);
	const step = Math.max(STEP_MIN, (width - 160) / Math.max(1, stages.length - 1));
	const inner = transitions.filter(({ from, to }) => stages.includes(from) && stages.includes(to));
	const moves = inner.filter(({ from, to }) => from !== to);
	const max = Math.max(1, ...moves.map(({ count }) => count));
	const maxStay = Math.max(1, ...inner.filter(({ from, to }) => from === to).map(({ count }) => count));
	const x = (stage: string) => 80 + stages.indexOf(stage) * step;
	const say = ({ from, to, count, probability }: (typeof inner)[number]) =>
		`${format.name(from)} → ${format.name(to)}: ${format.number(count)} (${format.percent(probability)})`;
	return (
		<div ref={box}>
			<Drawing title={title}>
				<svg
					width={160 + (stages.length - 1) * step}
					height={HEIGHT}
					viewBox={`0 0 ${160 + (stages.length - 1) * step} ${HEIGHT}`}
					role="img"
					aria-label={title}
				>
					{moves.map((move) => {
						const { from, to, count, probability } = move;
						const isOn = x(to) > x(from);
						const span = Math.abs(x(to) - x(from));
						const rise = Math.min(140, 40 + span * 0.22) * (isOn ? -1 : 1);
						const y = TOP + (isOn ? -18 : 18);
						const middle = (x(from) + x(to)) / 2;
						const stroke = Math.max(1, (count / max) * WIDTH_MAX);
						return (
							<g key={`${from} ${to}`} class={hueOf(isOn ? "web" : "ticket")}>
								<path
									class="band"
									data-tip={say(move)}
									d={`M${x(from)},${y} Q${middle},${y + rise * 2} ${x(to)},${y}`}
									stroke-width={stroke}
								/>
								{span < step * 1.5 && (
									<text x={middle} y={y + rise + (isOn ? -stroke / 2 - 6 : stroke / 2 + 14)} text-anchor="middle">
										{format.percent(probability)}
									</text>
								)}
							</g>
						);
					})}
					{stages.map((stage) => {
						const stay = inner.find(({ from, to }) => from === stage && to === stage);
						const stroke = stay === undefined ? 0 : Math.max(1, (stay.count / maxStay) * 10);
						return (
							<g key={stage} class={hueOf("chat")}>
								{stay !== undefined && (
									<circle class="loop" data-tip={say(stay)} cx={x(stage)} cy={TOP} r={LOOP / 2} stroke-width={stroke} />
								)}
								<circle class="bar hue-9" cx={x(stage)} cy={TOP} r={6} />
								<text x={x(stage)} y={TOP + 34} text-anchor="middle" font-weight="600">
									{format.name(stage)}
								</text>
								{stay !== undefined && (
									<text class="faint" x={x(stage)} y={TOP + 49} text-anchor="middle">
										↻ {format.percent(stay.probability)}
									</text>
								)}
							</g>
						);
					})}
				</svg>
			</Drawing>
		</div>
	);
}
