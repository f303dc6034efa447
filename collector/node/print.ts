/** What a command was asked for, a line or several: to standard output, so that it can be piped. Faults go elsewhere (`cli.ts`). */
export function print(text: string): void {
	process.stdout.write(`${text}\n`);
}
