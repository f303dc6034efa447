/**
 * The registry of channels: where a contact happened. `online` and `direction` are what a touchpoint
 * of the channel is unless its sender or its mapping row says otherwise; `sessions` marks the channels
 * whose touchpoints belong to visits and carry the visit's traffic facts.
 */
import type { Direction } from "../model.ts";

export interface ChannelDefaults {
	online: boolean;
	direction: Direction;
	sessions?: boolean;
}

export const CHANNELS: { readonly [channel: string]: ChannelDefaults } = {
	web: { online: true, direction: "in", sessions: true },
	app: { online: true, direction: "in", sessions: true },
	email: { online: true, direction: "out" },
	sms: { online: true, direction: "out" },
	phone: { online: false, direction: "in" },
	wecom: { online: true, direction: "in" },
	wechat: { online: true, direction: "in" },
	whatsapp: { online: true, direction: "in" },
	dingtalk: { online: true, direction: "in" },
	chat: { online: true, direction: "in" },
	douyin: { online: true, direction: "in" },
	ads: { online: true, direction: "out" },
	social: { online: true, direction: "in" },
	webinar: { online: true, direction: "in" },
	meeting: { online: false, direction: "in" },
	event: { online: false, direction: "in" },
	store: { online: false, direction: "in" },
	field: { online: false, direction: "out" },
	shop: { online: true, direction: "in" },
	payment: { online: true, direction: "in" },
	ticket: { online: true, direction: "in" },
	survey: { online: true, direction: "in" },
	package: { online: false, direction: "out" },
	device: { online: true, direction: "in" },
	partner: { online: false, direction: "in" },
	other: { online: true, direction: "in" },
};
