/**
 * An HTTP proxy for a browser that cannot be told where names lead: whatever host is asked for, this machine
 * answers, on the port asked for.
 */

import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface NameProxy {
	/** `127.0.0.1:PORT`, as browsers are given proxies. */
	readonly address: string;
	close(): Promise<void>;
}

export async function startNameProxy(): Promise<NameProxy> {
	const server = createServer((asked, response) => {
		const { port, pathname, search } = new URL(asked.url ?? "");
		const { method, headers } = asked;
		const onward = request({ host: "127.0.0.1", port: port || 80, path: pathname + search, method, headers });
		onward.once("response", (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		onward.once("error", () => response.destroy());
		asked.pipe(onward);
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
}
