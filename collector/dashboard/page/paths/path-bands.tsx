import { sankey, sankeyJustify, sankeyLinkHorizontal } from "d3-sankey";
import { useFormat } from "../format.ts";
import { hueOf } from "../parts/channel-colour.ts";
import { Drawing } from "../parts/drawing.tsx";
import { useWidth } from "../parts/use-width.ts";
import { linkTo, type PathEnd, pathParams } from "../state/address.ts";
import { groupBy } from "../state/group-by.ts";
import type { PathRow } from "../views/paths.tsx";
import { useWords } from "../words/index.ts";
import { CONVERTED, ENDED, type FlowLink, type FlowNode, flowOf, GOES_ON } from "./flow.ts";

const WIDTH_MIN = 640;
const HEIGHT_MIN = 420;
/** Room for a box and its name. */
const ROW_HEIGHT = 24;
/** Room for the headings above. */
const HEAD = 24;
/** Room for the names at the right end. */
const NAMES = 130;
const NODE_WIDTH = 12;
/** A line of text, since also the smallest box has a name. */
const NODE_SPACE = 15;

/** A Sankey diagram; a band leads to the journeys that begin like it. */
export function PathBands({ rows, depth, title }: { rows: readonly PathRow[]; depth: number; title: string }) {
	const format = useFormat();
	const words = useWords();
	const { box, width: room } = useWidth(980);
	const width = Math.max(WIDTH_MIN, room);
	const { nodes, links } = flowOf(rows, depth);
	const steps = groupBy(nodes, ({ id }) => stepOf(id));
	const height = Math.max(HEIGHT_MIN, HEAD + ROW_HEIGHT * Math.max(...[...steps.values()].map(({ length }) => length)));
	const layout = sankey<FlowNode, FlowLink>()
		.nodeId(({ id }) => id)
		.nodeAlign(sankeyJustify)
		.nodeWidth(NODE_WIDTH)
		.nodePadding(NODE_SPACE)
		.extent([
			[4, HEAD],
			[width - NAMES, height - 10],
		])({ nodes, links });
	// The widest first, so that a narrow one lies on top and can be pointed at.
	const byWidth = [...layout.links].sort((a, b) => b.value - a.value);
	const path = sankeyLinkHorizontal<FlowNode, FlowLink>();
	const endings: Record<string, string> = {
		[CONVERTED]: words.paths.converted,
		[ENDED]: words.paths.ended,
		[GOES_ON]: words.paths.longer,
	};
	const nameOf = (label: string) => endings[label] ?? format.name(label);
	return (
		<div ref={box}>
			<Drawing title={title}>
				{/* biome-ignore lint/a11y/noSvgWithoutTitle: the region around it has the name, and its links have theirs; a title would follow the pointer. */}
				<svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
					{[...groupBy(layout.nodes, ({ x0 = 0 }) => x0)].map(([x, [first]]) => (
						<text key={x} class="gap" x={x} y={12}>
							{first === undefined || Object.hasOwn(endings, first.label)
								? words.paths.end
								: words.paths.step(stepOf(first.id) + 1)}
						</text>
					))}
					{byWidth.map((link) => {
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
									data-tip={label}
									d={path(link) ?? ""}
									stroke-width={Math.max(1, link.width ?? 1)}
								/>
							</a>
						);
					})}
					{layout.nodes.map(({ id, label, x0 = 0, x1 = 0, y0 = 0, y1 = 0, value = 0 }) => (
						<g key={id} class={ENDS[label] ?? hueOf(label)}>
							<rect class="bar" x={x0} y={y0} width={x1 - x0} height={Math.max(1, y1 - y0)} />
							<text x={x1 + 5} y={(y0 + y1) / 2 + 4}>
								{nameOf(label)} {format.number(value)}
							</text>
						</g>
					))}
				</svg>
			</Drawing>
		</div>
	);
}

/** Ends are no channels: their colours say good, and nothing. */
const ENDS: Readonly<Record<string, string>> = { [CONVERTED]: "hue-good", [ENDED]: "hue-none", [GOES_ON]: "hue-none" };

function stepOf(id: string): number {
	return Number.parseInt(id, 10);
}

function endOf(label: string): PathEnd {
	return label === CONVERTED ? "converted" : label === ENDED ? "open" : "any";
}
