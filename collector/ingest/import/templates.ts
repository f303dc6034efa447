/** Ready maps for the tables that businesses have: call log, store visits, orders, contacts. Headers in Chinese and English. */

/** Header → target; headers as `normaliseHeader` leaves them. */
interface Template {
	columns: { readonly [header: string]: TemplateTarget };
	map: { type: "touch" | "identify"; channel?: string; name?: string; direction?: "in" | "out" };
}

type TemplateTarget =
	| "time"
	| "userId"
	| "phone"
	| "email"
	| "unionid"
	| "duration"
	| "staff"
	| "place"
	| "text"
	| "outcome"
	| "amount"
	| "currency"
	| "orderId"
	| "object"
	| "direction"
	| "csat"
	| "key"
	| "source"
	| "traits.name"
	| "traits.company";

/** Names of the customer, in every table. */
const PERSON = {
	客户电话: "phone",
	客户手机: "phone",
	手机号: "phone",
	手机号码: "phone",
	手机: "phone",
	电话: "phone",
	phone: "phone",
	mobile: "phone",
	邮箱: "email",
	电子邮箱: "email",
	email: "email",
	客户编号: "userId",
	会员号: "userId",
	"user id": "userId",
	userid: "userId",
	"customer id": "userId",
	unionid: "unionid",
} as const;

const NOTES = { 备注: "text", note: "text", notes: "text", 来源: "source", source: "source" } as const;

export const TEMPLATES: { readonly [name: string]: Template } = {
	calls: {
		columns: {
			...PERSON,
			...NOTES,
			通话编号: "key",
			"call id": "key",
			通话时间: "time",
			开始时间: "time",
			呼叫时间: "time",
			time: "time",
			"start time": "time",
			通话时长: "duration",
			时长: "duration",
			duration: "duration",
			坐席: "staff",
			客服: "staff",
			agent: "staff",
			通话结果: "outcome",
			结果: "outcome",
			outcome: "outcome",
			满意度: "csat",
			呼叫方向: "direction",
			方向: "direction",
			direction: "direction",
			门店: "place",
			store: "place",
		},
		map: { type: "touch", channel: "phone", name: "call_completed", direction: "in" },
	},
	visits: {
		columns: {
			...PERSON,
			...NOTES,
			到店时间: "time",
			到访时间: "time",
			日期: "time",
			time: "time",
			date: "time",
			停留时长: "duration",
			duration: "duration",
			门店: "place",
			店铺: "place",
			store: "place",
			导购: "staff",
			接待人: "staff",
			staff: "staff",
		},
		map: { type: "touch", channel: "store", name: "store_visited", direction: "in" },
	},
	orders: {
		columns: {
			...PERSON,
			...NOTES,
			订单号: "orderId",
			订单编号: "orderId",
			"order id": "orderId",
			order_id: "orderId",
			付款时间: "time",
			支付时间: "time",
			下单时间: "time",
			time: "time",
			"paid at": "time",
			订单金额: "amount",
			实付金额: "amount",
			金额: "amount",
			amount: "amount",
			total: "amount",
			币种: "currency",
			currency: "currency",
			商品: "object",
			product: "object",
			门店: "place",
			store: "place",
		},
		map: { type: "touch", channel: "shop", name: "order_paid", direction: "in" },
	},
	contacts: {
		columns: {
			...PERSON,
			姓名: "traits.name",
			客户姓名: "traits.name",
			name: "traits.name",
			公司: "traits.company",
			company: "traits.company",
			创建时间: "time",
			录入时间: "time",
			"created at": "time",
		},
		map: { type: "identify" },
	},
};

export function findTemplate(name: string | undefined): Template | undefined {
	return name !== undefined && Object.hasOwn(TEMPLATES, name) ? TEMPLATES[name] : undefined;
}
