import { useEffect, useRef, useState } from "preact/hooks";

/** @returns a ref for the box, and its inner width in CSS pixels; `usual` until it is measured */
export function useWidth(usual: number) {
	const box = useRef<HTMLDivElement>(null);
	const [width, setWidth] = useState(usual);
	useEffect(() => {
		const element = box.current;
		if (element === null) return;
		const observer = new ResizeObserver(([entry]) => {
			// A box that is hidden measures 0.
			if (entry !== undefined && entry.contentRect.width > 0) setWidth(Math.floor(entry.contentRect.width));
		});
		observer.observe(element);
		return () => observer.disconnect();
	}, []);
	return { box, width };
}
