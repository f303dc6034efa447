/**
 * The configuration that `workerd serve` reads, written as Cap'n Proto text. No secret stands in it:
 * those reach the Worker through the process's environment.
 *
 * @see https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp
 */

export interface WorkerdSettings {
	/** Path of the built Worker, relative to the folder that the configuration is written to. */
	workerPath: string;
	/** Not newer than the installed workerd. */
	compatibilityDate: string;
	compatibilityFlags: string[];
	/** 0 lets the system choose; the control channel tells which it chose. */
	port: number;
	/** Absolute folder of the objects' SQLite files. */
	objectsPath: string;
	/** Absolute folder that the `ASSETS` binding serves. */
	publicPath: string;
	/** Absolute folder that the `EXAMPLES` binding serves. */
	examplesPath: string;
	/** Bindings whose values stand in the configuration. */
	vars: Record<string, string>;
	/** Whether webhooks may reach this machine and its network. */
	arePrivateAddressesAllowed: boolean;
	/** MB of JavaScript heap, without buffers and SQLite's pages; what needs more ends the process. Absent: V8's own choice. */
	heapMbMax?: number;
	/** Names of environment variables that become bindings of the same name. */
	secretNames: string[];
}

/** Class and binding of each Durable Object; the unique key names its folder on disk and may never change. */
const OBJECTS = [
	{ className: "StreamShard", binding: "STREAM_SHARDS" },
	{ className: "IdentityGraph", binding: "IDENTITY_GRAPH" },
	{ className: "ProfileShard", binding: "PROFILE_SHARDS" },
];

/**
 * MB of fresh objects before they are collected, twice: half of V8's own choice. A batch leaves its garbage within
 * milliseconds, so that more room only makes the process larger: under load memory then stood at 160 MB from the first
 * seconds and did not creep up to 250 MB, for the same CPU.
 */
const V8_FLAGS = ["--max-semi-space-size=8"];

/** A Cap'n Proto text literal: its escapes are C's, of which JSON's are a part, save for `\u`. */
function quote(text: string): string {
	if (/\p{Cc}/u.test(text)) throw new RangeError("a path or setting must not hold control characters");
	return JSON.stringify(text);
}

/**
 * The whole configuration as text.
 *
 * @throws RangeError when a path or value holds a control character
 */
export function writeWorkerdConfig(settings: WorkerdSettings): string {
	const bindings = [
		...OBJECTS.map(
			({ className, binding }) => `(name = ${quote(binding)}, durableObjectNamespace = ${quote(className)})`,
		),
		`(name = "ASSETS", service = "public")`,
		`(name = "EXAMPLES", service = "examples")`,
		...Object.entries(settings.vars).map(([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`),
		...settings.secretNames.map((name) => `(name = ${quote(name)}, fromEnvironment = ${quote(name)})`),
	];
	const namespaces = OBJECTS.map(
		({ className }) =>
			`(className = ${quote(className)}, uniqueKey = ${quote(`strand-${className}`)}, enableSql = true)`,
	);
	// Where the collector's own calls may go, by the address that a name turns out to have.
	const networks = settings.arePrivateAddressesAllowed ? ["public", "private", "local"] : ["public"];
	const v8Flags = settings.heapMbMax === undefined ? V8_FLAGS : [...V8_FLAGS, `--max-heap-size=${settings.heapMbMax}`];
	return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
	v8Flags = [${v8Flags.map(quote).join(", ")}],
	services = [
		(name = "collector", worker = .collector ),
		(name = "internet", network = (allow = [${networks.map(quote).join(", ")}], tlsOptions = (trustBrowserCas = true))),
		(name = "objects", disk = (path = ${quote(settings.objectsPath)}, writable = true)),
		(name = "public", disk = (path = ${quote(settings.publicPath)})),
		(name = "examples", disk = (path = ${quote(settings.examplesPath)})),
	],
	sockets = [
		(name = "http", address = ${quote(`127.0.0.1:${settings.port}`)}, http = (), service = "collector"),
	],
);

const collector :Workerd.Worker = (
	modules = [(name = "collector", esModule = embed ${quote(settings.workerPath)})],
	compatibilityDate = ${quote(settings.compatibilityDate)},
	compatibilityFlags = [${settings.compatibilityFlags.map(quote).join(", ")}],
	bindings = [
		${bindings.join(",\n\t\t")},
	],
	durableObjectNamespaces = [
		${namespaces.join(",\n\t\t")},
	],
	durableObjectStorage = (localDisk = "objects"),
);
`;
}
