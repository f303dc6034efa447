/** A tracking plan as TypeScript: the event map of `init<Events>()`. */

interface Schema {
	type?: string | string[];
	enum?: unknown[];
	const?: unknown;
	properties?: Record<string, Schema>;
	required?: string[];
	items?: Schema;
	additionalProperties?: Schema | boolean;
	description?: string;
}

/**
 * Knows `type`, `enum`, `const`, `properties`, `required`, `items` and `additionalProperties`; whatever else a schema says narrows
 * nothing here, so a type never refuses what the plan allows.
 *
 * @returns a file that exports `interface Events`
 */
export function printPlanTypes(events: Record<string, Schema>): string {
	const lines = Object.entries(events).flatMap(([name, schema]) => [
		...comment(schema, "\t"),
		`\t${JSON.stringify(name)}: ${typeOf(schema, "\t", true)};`,
	]);
	return `/** Made by \`strand plan types\` from the tracking plan. */\nexport interface Events {\n${lines.join("\n")}\n}\n`;
}

/** @param isObject what has no type is an object: the properties of an event are one */
function typeOf(schema: Schema, indent: string, isObject = false): string {
	if (schema.const !== undefined) return JSON.stringify(schema.const);
	if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ") || "never";
	if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type }, indent)).join(" | ");
	switch (schema.type ?? (isObject || schema.properties !== undefined ? "object" : undefined)) {
		case "string":
			return "string";
		case "number":
		case "integer":
			return "number";
		case "boolean":
			return "boolean";
		case "null":
			return "null";
		case "array":
			return `(${typeOf(schema.items ?? {}, indent)})[]`;
		case "object":
			return objectOf(schema, indent);
		default:
			return "unknown";
	}
}

function objectOf({ properties = {}, required = [], additionalProperties = true }: Schema, indent: string): string {
	const inner = `${indent}\t`;
	const lines = Object.entries(properties).flatMap(([name, schema]) => [
		...comment(schema, inner),
		`${inner}${JSON.stringify(name)}${required.includes(name) ? "" : "?"}: ${typeOf(schema, inner)};`,
	]);
	for (const name of required)
		if (properties[name] === undefined) lines.push(`${inner}${JSON.stringify(name)}: unknown;`);
	// Other properties beside these may have any type.
	if (additionalProperties !== false) lines.push(`${inner}[property: string]: unknown;`);
	return lines.length === 0 ? "Record<string, never>" : `{\n${lines.join("\n")}\n${indent}}`;
}

function comment({ description }: Schema, indent: string): string[] {
	return description === undefined
		? []
		: [`${indent}/** ${description.replaceAll("*/", "* /").replace(/\s+/g, " ")} */`];
}
