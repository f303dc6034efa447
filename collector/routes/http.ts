/** What all routes share: the context's variables, errors as the contract words them, request ids. */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ErrorAnswer, ErrorCode } from "../../sdk/wire.ts";
import type { Env } from "../env.ts";
import type { Access } from "./access.ts";

export interface AppEnv {
	Bindings: Env;
	Variables: {
		requestId: string;
		/** Set by `allow`. */
		access: Access;
	};
}

export type AppContext = Context<AppEnv>;

/** A request that is refused whole; thrown by routes, answered by the app. */
export class Refusal extends Error {
	readonly status: ContentfulStatusCode;
	readonly code: ErrorCode;
	readonly field: string | undefined;
	/** Seconds; answered as `Retry-After`. */
	readonly retryAfter: number | undefined;

	constructor(
		status: ContentfulStatusCode,
		code: ErrorCode,
		message: string,
		extra: { field?: string | undefined; retryAfter?: number } = {},
	) {
		super(message);
		this.status = status;
		this.code = code;
		this.field = extra.field;
		this.retryAfter = extra.retryAfter;
	}

	answer(): ErrorAnswer {
		const { code, message, field } = this;
		return { error: { code, message, ...(field === undefined ? {} : { field }) } };
	}
}

/** A body out of chunks that are asked for one by one: constant memory, stops when the reader goes. */
export function streamBytes(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
	return new ReadableStream<Uint8Array>({
		async pull(controller) {
			const { value, done } = await chunks.next();
			if (done) controller.close();
			else controller.enqueue(value);
		},
		async cancel() {
			await chunks.return(undefined);
		},
	});
}
