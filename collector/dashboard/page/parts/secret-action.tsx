import { type ComponentChildren, Fragment } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../api.ts";
import { isSecret, readKey } from "../state/session.ts";
import { useWords } from "../words/index.ts";
import { Dialog } from "./dialog.tsx";

interface SecretActionProps {
	/** On the button, and above the question. */
	label: string;
	/** What will happen. */
	question: ComponentChildren;
	/** A word that must be typed, for what cannot be undone. */
	confirmWord?: string;
	/** Asked for with the secret key; used for this one act and forgotten, unless the tab has one already. */
	act: (secretKey: string) => Promise<void>;
	isDanger?: boolean;
}

/** A button for what changes things: asks first, and asks for the secret key where the tab only reads. */
export function SecretAction({ label, question, confirmWord, act, isDanger }: SecretActionProps) {
	const words = useWords();
	const [isOpen, setOpen] = useState(false);
	const [isBusy, setBusy] = useState(false);
	const [error, setError] = useState("");
	const submit = async (event: SubmitEvent) => {
		event.preventDefault();
		const form = new FormData(event.currentTarget as HTMLFormElement);
		const key = isSecret() ? readKey() : String(form.get("secret") ?? "").trim();
		if (confirmWord !== undefined && form.get("confirm") !== confirmWord) {
			setError(words.common.typeWord(confirmWord));
			return;
		}
		setBusy(true);
		try {
			await act(key ?? "");
			setOpen(false);
		} catch (thrown) {
			setError(thrown instanceof ApiError ? words.errors(thrown.code, thrown.message) : String(thrown));
		}
		setBusy(false);
	};
	return (
		<Fragment>
			<button type="button" class={isDanger ? "danger" : ""} onClick={() => setOpen(true)}>
				{label}
			</button>
			{isOpen && (
				<Dialog
					title={label}
					onClose={() => {
						setOpen(false);
						setError("");
					}}
				>
					<form onSubmit={submit}>
						<p>{question}</p>
						{!isSecret() && (
							<label>
								{words.common.secretKey}
								<input name="secret" type="password" autocomplete="off" required placeholder="sk_…" />
							</label>
						)}
						{confirmWord !== undefined && (
							<label>
								{words.common.typeWord(confirmWord)}
								<input name="confirm" autocomplete="off" required />
							</label>
						)}
						{error !== "" && <p role="alert">{error}</p>}
						<div class="row">
							<button type="submit" class={isDanger ? "danger" : "main"} disabled={isBusy}>
								{label}
							</button>
							<button type="button" onClick={() => setOpen(false)}>
								{words.common.cancel}
							</button>
						</div>
					</form>
				</Dialog>
			)}
		</Fragment>
	);
}
