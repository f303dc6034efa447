import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useWords } from "../words/index.ts";
import { placeAfter } from "./walk.ts";

interface DrawingProps {
	title: string;
	/** Marks have what is told of them in `data-tip`. */
	children: ComponentChildren;
	/** Marks in a row of a grid: up and down then lead to the next row. Default: there are no rows. */
	columns?: number;
}

interface Tip {
	mark: Element;
	text: string;
	/** Walked to by keyboard. */
	isWalked: boolean;
}

const EDGE = 8;

/**
 * A drawing that scrolls by itself and tells of each of its marks in the same way: under the pointer, under a finger,
 * and by keyboard, where arrows walk from mark to mark. The browser's own titles know the pointer alone.
 */
export function Drawing({ title, children, columns = 1 }: DrawingProps) {
	const words = useWords();
	const box = useRef<HTMLElement>(null);
	const bubble = useRef<HTMLParagraphElement>(null);
	const [tip, setTip] = useState<Tip | null>(null);
	const tell = (mark: Element | null | undefined, isWalked = false) =>
		setTip(mark ? { mark, text: mark.getAttribute("data-tip") ?? "", isWalked } : null);
	/** A walk scrolls, and what scrolls from under a pointer at rest leaves it, or comes under it: nobody pointed at that. */
	const isPointed = ({ movementX, movementY }: PointerEvent) => !tip?.isWalked || movementX !== 0 || movementY !== 0;
	const markOf = ({ target }: Event) => (target as Element).closest("[data-tip]");
	const walk = (event: KeyboardEvent) => {
		if (event.key === "Escape") return tell(null);
		const marks = [...(box.current?.querySelectorAll("[data-tip]") ?? [])];
		const at = tip === null ? -1 : marks.indexOf(tip.mark);
		const to = placeAfter(event.key, at, marks.length, columns);
		if (to === null) return;
		event.preventDefault();
		marks[to]?.scrollIntoView({ block: "nearest", inline: "nearest" });
		tell(marks[to], true);
	};
	useLayoutEffect(() => {
		if (tip === null || bubble.current === null) return;
		tip.mark.classList.add("told");
		place(bubble.current, tip.mark);
		return () => tip.mark.classList.remove("told");
	}, [tip]);
	return (
		<>
			<section
				ref={box}
				class="scroll drawing"
				// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls and is walked by arrows must be reachable by keyboard.
				tabIndex={0}
				aria-label={title}
				aria-description={words.common.arrows}
				onPointerOver={(event) => isPointed(event) && tell(markOf(event))}
				onPointerLeave={(event) => isPointed(event) && tell(null)}
				onFocusIn={(event) => tell(markOf(event))}
				onFocusOut={() => tell(null)}
				onScroll={() => tip !== null && bubble.current !== null && place(bubble.current, tip.mark)}
				onKeyDown={walk}
			>
				{children}
			</section>
			<p ref={bubble} class="tip" role="status" hidden={tip === null}>
				{tip?.text}
			</p>
		</>
	);
}

/** Above the mark where there is room, else below; always inside the window. */
function place(bubble: HTMLElement, mark: Element): void {
	const around = mark.getBoundingClientRect();
	const { width, height } = bubble.getBoundingClientRect();
	const left = around.left + Math.min(around.width, innerWidth) / 2 - width / 2;
	const isAbove = around.top - height - EDGE > 0;
	bubble.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`;
	bubble.style.top = `${isAbove ? around.top - height - EDGE : Math.min(around.bottom + EDGE, innerHeight - height - EDGE)}px`;
}
