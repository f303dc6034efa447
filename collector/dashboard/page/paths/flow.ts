/** From counted paths to the nodes and bands of a Sankey diagram. Pure. */

export const CONVERTED = "(converted)";
export const ENDED = "(ended)";
export const GOES_ON = "(goes on)";

export interface FlowNode {
	/** Step number and label: the same channel at two steps is two nodes. */
	id: string;
	label: string;
}

/** Where a band begins and ends is added by the layout. */
export interface FlowLink {
	/** Journeys. */
	value: number;
	/** Steps that the commonest journey in this band has taken up to its left end. */
	prefix: string[];
}

interface Ends {
	source: string;
	target: string;
}

interface Flow {
	nodes: FlowNode[];
	links: (FlowLink & Ends)[];
}

/**
 * @param rows paths with their journeys
 * @param depth steps drawn, at least 1; longer paths end in {@link GOES_ON}
 */
export function flowOf(
	rows: readonly { steps: readonly string[]; journeys: number; conversions: number }[],
	depth: number,
): Flow {
	const nodes = new Map<string, FlowNode>();
	const links = new Map<string, FlowLink & Ends & { largest: number }>();
	const node = (step: number, label: string): string => {
		const id = `${step} ${label}`;
		nodes.set(id, { id, label });
		return id;
	};
	const add = (source: string, target: string, value: number, prefix: string[]) => {
		if (value === 0) return;
		const key = `${source}\n${target}`;
		const link = links.get(key) ?? { source, target, value: 0, prefix, largest: 0 };
		link.value += value;
		if (value > link.largest) Object.assign(link, { prefix, largest: value });
		links.set(key, link);
	};
	for (const { steps, journeys, conversions } of rows) {
		const shown = steps.slice(0, depth);
		const ids = shown.map((label, step) => node(step, label));
		for (let step = 1; step < ids.length; step++) {
			add(ids[step - 1] as string, ids[step] as string, journeys, steps.slice(0, step + 1));
		}
		const last = ids.at(-1);
		if (last === undefined) continue;
		const prefix = [...shown];
		if (steps.length > depth) {
			add(last, node(depth, GOES_ON), journeys, prefix);
			continue;
		}
		if (conversions > 0) add(last, node(depth, CONVERTED), conversions, prefix);
		if (journeys > conversions) add(last, node(depth, ENDED), journeys - conversions, prefix);
	}
	return { nodes: [...nodes.values()], links: [...links.values()].map(({ largest: _, ...link }) => link) };
}
