import { useFormat } from "../format.ts";
import { useAddress } from "../state/address.ts";
import { useWords } from "../words/index.ts";
import { Choice } from "./choice.tsx";

/** The registry's; of a workspace's own those that are shown, and what a link names. */
const CHANNELS =
	"web app email sms phone wecom wechat whatsapp dingtalk chat douyin ads social webinar meeting event store field shop payment ticket survey package device partner other".split(
		" ",
	);

/** A list of channels, whose choice stands in the address as `channel`; all can be chosen before any contact is there. */
export function ChannelChoice({ shown }: { shown: readonly string[] }) {
	const words = useWords();
	const format = useFormat();
	const { channel = "" } = useAddress().params;
	const names = new Set([...CHANNELS, ...shown, ...(channel === "" ? [] : [channel])]);
	return (
		<Choice
			label={words.person.fields.channel}
			name="channel"
			value={channel}
			options={[["", words.common.all], ...[...names].map((name) => [name, format.name(name)] as const)]}
		/>
	);
}
