/** English: map. */

export const map = {
	map: {
		title: "Contacts by stage",
		says: "How often each kind of contact happened in each stage; colour means more than expected, a dashed cell means never.",
		noStage: "no stage",
		empty: "No contacts in this time.",
		flow: "From stage to stage",
		flowSays:
			"Of all contacts in a stage, the share whose next contact was in each stage: onwards above, back below, ↻ stayed. The rest converted or ended there.",
		moves: "Moves between stages",
		step: "Step",
		through: "Came all the way",
		addStep: "Add a step…",
		removeStep: "Remove this step",
		funnelEmpty: "Nobody took the first step in this time. Choose other steps.",
		stage: "Stage",
		journeys: "Journeys",
		fromFirst: "Of the first stage",
		fromBefore: "Of the stage before",
		time: "Mean time since the first",
		channelStage: "Channels by stage",
		funnel: "The way to the goal",
		funnelSays: "How many journeys came so far, in this order; the smallest step is where most people leave.",
		ofBefore: (share: string) => `${share} of the step before`,
		mostLeave: (share: string) => `${share} of the step before: most leave here`,
	},
};
