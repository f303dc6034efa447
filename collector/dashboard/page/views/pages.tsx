/** Which pages are read, where visits begin and end, what campaigns bring, and how channels do against the period before. */
import { Campaigns } from "../pages/campaigns.tsx";
import { Channels } from "../pages/channels.tsx";
import { Doors } from "../pages/doors.tsx";
import { Reading } from "../pages/reading.tsx";

export default function Pages() {
	return (
		<>
			<Channels />
			<Reading />
			<Doors />
			<Campaigns />
		</>
	);
}
