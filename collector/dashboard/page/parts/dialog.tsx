import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface DialogProps {
	title: string;
	onClose: () => void;
	children: ComponentChildren;
}

/** The browser's own modal dialog, which keeps focus inside and closes on Escape. */
export function Dialog({ title, onClose, children }: DialogProps) {
	const dialog = useRef<HTMLDialogElement>(null);
	useEffect(() => {
		dialog.current?.showModal();
	}, []);
	return (
		<dialog ref={dialog} onClose={onClose} aria-labelledby="dialog-title">
			<h2 id="dialog-title">{title}</h2>
			{children}
		</dialog>
	);
}
