/**
 * The `strand` command. Each subcommand is a file of that name in `commands/`, which exports
 *
 * - `help`: its usage line, an empty line, and the text of `strand NAME --help`; the first sentence
 *   of that text is what `strand --help` lists
 * - `run(args)`: does the work and resolves with the exit code (0 done, 1 failed, 2 wrong usage)
 *
 * What a command was asked for goes to standard output by `print`, so that it can be piped; faults and usage go to standard
 * error.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { print } from "./print.ts";
import { SettingsError } from "./settings.ts";

interface Command {
	help: string;
	run(args: string[]): Promise<number>;
}

const USAGE_EXIT_CODE = 2;

/** @returns the exit code for `args`, the words after `strand` */
async function main([name, ...args]: string[]): Promise<number> {
	const files = listCommands();
	if (name === undefined || name === "help" || name === "--help" || name === "-h") {
		print(await describeCommands(files));
		return name === undefined ? USAGE_EXIT_CODE : 0;
	}
	const file = files.get(name);
	if (file === undefined) {
		console.error(`strand: there is no command "${name}". Run strand --help for the list.`);
		return USAGE_EXIT_CODE;
	}
	const command = await load(file);
	if (args.includes("--help") || args.includes("-h")) {
		print(command.help);
		return 0;
	}
	try {
		return await command.run(args);
	} catch (error) {
		// parseArgs refuses unknown and malformed options by throwing with such a code.
		if (String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS_")) {
			console.error(`strand ${name}: ${(error as Error).message}\n\n${command.help}`);
			return USAGE_EXIT_CODE;
		}
		console.error(`strand ${name}: ${(error as Error).message}`);
		return error instanceof SettingsError ? USAGE_EXIT_CODE : 1;
	}
}

/** Command name → absolute file, in alphabetical order. Sources end in `.ts`, the packaged build in `.mjs`. */
function listCommands(): Map<string, string> {
	const folder = join(import.meta.dirname, "commands");
	const commands = readdirSync(folder)
		.filter((file) => /^[a-z][a-z-]*\.(ts|mjs)$/.test(file))
		.sort()
		.map((file): [string, string] => [file.replace(/\.\w+$/, ""), join(folder, file)]);
	return new Map(commands);
}

async function load(file: string): Promise<Command> {
	return (await import(pathToFileURL(file).href)) as Command;
}

async function describeCommands(files: Map<string, string>): Promise<string> {
	const rows: string[] = [];
	for (const [name, file] of files) {
		const { help } = await load(file);
		const text = help.slice(help.indexOf("\n")).trim().replace(/\s+/g, " ");
		rows.push(`  strand ${name.padEnd(12)}${/^.*?\.(?= |$)/.exec(text)?.[0] ?? text}`);
	}
	return [
		"Strand strings every contact between a business and a customer into one",
		"identified, ordered chain per person. This command runs the collector on this",
		"machine and works with what it holds.",
		"",
		...rows,
		"",
		"strand COMMAND --help tells a command's options.",
	].join("\n");
}

/** `strand … | head` has read enough: what is left to say is nobody's any more, and no fault. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code === "EPIPE") process.exit(0);
	throw error;
});

process.exitCode = await main(process.argv.slice(2));
