/**
 * Strand in Shopify's checkout, where no theme code runs: Settings, Customer events, Add custom pixel; paste this file, set the two
 * lines below, require the permission Analytics. The theme itself takes the script tag (theme.liquid, before </head>).
 * https://shopify.dev/docs/api/web-pixels-api
 */
const COLLECTOR = "https://t.example.com";
const WRITE_KEY = "wk_…";

/** Shopify's names → the field's own. */
const NAMES = {
	product_added_to_cart: "Product Added",
	checkout_started: "Checkout Started",
	payment_info_submitted: "Payment Info Entered",
	checkout_completed: "Order Completed",
};

async function send(event) {
	const { checkout, cartLine } = event.data;
	const product = cartLine?.merchandise.product;
	const price = checkout?.totalPrice ?? cartLine?.cost.totalAmount;
	const traits = { email: checkout?.email, phone: checkout?.phone };
	const body = {
		messageId: `shopify-${event.id}`,
		// The id that the theme's script gave this browser; without it the order belongs to its mail address alone.
		anonymousId: (await browser.cookie.get("strand_id")) || undefined,
		userId: checkout?.order?.customer?.id,
		event: NAMES[event.name],
		originalTimestamp: event.timestamp,
		sentAt: new Date().toISOString(),
		properties: {
			order_id: checkout?.order?.id,
			checkout_id: checkout?.token,
			product_id: product?.id,
			name: product?.title,
			total: price?.amount,
			currency: price?.currencyCode,
		},
		context: { traits, page: { url: event.context.document.location.href, referrer: event.context.document.referrer } },
	};
	await fetch(`${COLLECTOR}/v1/track?writeKey=${WRITE_KEY}`, {
		method: "POST",
		keepalive: true,
		body: JSON.stringify(body),
	});
}

for (const name of Object.keys(NAMES)) analytics.subscribe(name, send);
