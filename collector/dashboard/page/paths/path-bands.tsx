import { sankey, sankeyJustify, sankeyLinkHorizontal } from "d3-sankey";
import { useFormat } from "../format.ts";
import { hueOf } from "../parts/channel-colour.ts";
import { useWidth } from "../parts/use-width.ts";
import { linkTo, type PathEnd, pathParams } from "../state/address.ts";
import type { PathRow } from "../views/paths.tsx";
import { useWords } from "../words/index.ts";
import { CONVERTED, ENDED, type FlowLink, type FlowNode, flowOf, GOES_ON } from "./flow.ts";

const WIDTH_MIN = 640;
const HEIGHT = 460;
/** Room for the names at the right end. */
const NAMES = 130;
const NODE_WIDTH = 12;
const NODE_SPACE = 12;
/** Narrower boxes have no room for their name; it is in their title. */
const TEXT_HEIGHT_MIN = 9;

/** A Sankey diagram; a band leads to the journeys that begin like it. */
export function PathBands({ rows, depth, title }: { rows: readonly PathRow[]; depth: number; title: string }) {
	const format = useFormat();
	const words = useWords();
	const { box, width: room } = useWidth(980);
	const width = Math.max(WIDTH_MIN, room);
	const { nodes, links } = flowOf(rows, depth);
	const layout = sankey<FlowNode, FlowLink>()
		.nodeId(({ id }) => id)
		.nodeAlign(sankeyJustify)
		.nodeWidth(NODE_WIDTH)
		.nodePadding(NODE_SPACE)
		.extent([
			[4, 10],
			[width - NAMES, HEIGHT - 10],
		])({ nodes, links });
	const path = sankeyLinkHorizontal<FlowNode, FlowLink>();
	const endings: Record<string, string> = {
		[CONVERTED]: words.paths.converted,
		[ENDED]: words.paths.ended,
		[GOES_ON]: words.paths.longer,
	};
	const nameOf = (label: string) => endings[label] ?? format.name(label);
	return (
		<div ref={box}>
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
			<section class="scroll drawing" tabIndex={0} aria-label={title}>
				<svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`}>
					<title>{title}</title>
					{layout.links.map((link) => {
						const { source, target } = link;
						if (typeof source !== "object" || typeof target !== "object") return null;
						const label = `${nameOf(source.label)} → ${nameOf(target.label)}: ${format.number(link.value)}`;
						return (
							<a
								key={`${source.id} ${target.id}`}
								href={linkTo("journeys", "", pathParams(link.prefix, endOf(target.label)))}
								aria-label={`${label}. ${words.paths.show}`}
							>
								<path
									class={`band ${hueOf(source.label)}`}
									d={path(link) ?? ""}
									stroke-width={Math.max(1, link.width ?? 1)}
								>
									<title>{label}</title>
								</path>
							</a>
						);
					})}
					{layout.nodes.map(({ id, label, x0 = 0, x1 = 0, y0 = 0, y1 = 0, value = 0 }) => (
						<g key={id} class={hueOf(label)}>
							<rect class="bar" x={x0} y={y0} width={x1 - x0} height={Math.max(1, y1 - y0)}>
								<title>{`${nameOf(label)}: ${format.number(value)}`}</title>
							</rect>
							{y1 - y0 >= TEXT_HEIGHT_MIN && (
								<text x={x1 + 5} y={(y0 + y1) / 2 + 4}>
									{nameOf(label)} {format.number(value)}
								</text>
							)}
						</g>
					))}
				</svg>
			</section>
		</div>
	);
}

function endOf(label: string): PathEnd {
	return label === CONVERTED ? "converted" : label === ENDED ? "open" : "any";
}
