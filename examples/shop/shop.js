/**
 * What a shop's own code does with Strand: three calls. Page views, engaged time, links, downloads
 * and campaigns need none.
 */

const CART = "cart";
const USER = "user";

/** The cart is an array of { sku, name, price }, price in euros. */
const readCart = () => JSON.parse(sessionStorage.getItem(CART) ?? "[]");
const writeCart = (items) => sessionStorage.setItem(CART, JSON.stringify(items));
const sum = (items) => items.reduce((total, { price }) => total + price, 0);
const euros = (amount) => `€ ${amount.toFixed(2)}`;

function showCart() {
	const items = readCart();
	for (const badge of document.querySelectorAll("[data-cart-count]")) badge.textContent = items.length || "";
	const checkout = document.querySelector("#checkout");
	if (!checkout) return;
	checkout.hidden = items.length === 0;
	document.querySelector("#empty").hidden = items.length > 0;
	checkout.querySelector("[data-cart-total]").textContent = euros(sum(items));
	checkout.querySelector("[data-cart-rows]").replaceChildren(
		...items.map(({ name, price }) => {
			const row = document.createElement("tr");
			row.insertCell().textContent = name;
			row.insertCell().textContent = euros(price);
			return row;
		}),
	);
}

function showSession() {
	const session = document.querySelector("#session");
	if (!session) return;
	const user = sessionStorage.getItem(USER);
	session.hidden = user === null;
	session.querySelector("[data-user]").textContent = user;
	document.querySelector("#login").hidden = user !== null;
}

for (const button of document.querySelectorAll("[data-add-to-cart]")) {
	button.addEventListener("click", () => {
		const { sku, name, price } = button.dataset;
		writeCart([...readCart(), { sku, name, price: Number(price) }]);
		strand.track("product_added", { sku, name, price: Number(price), currency: "EUR" });
		showCart();
	});
}

document.querySelector("#checkout")?.addEventListener("submit", (event) => {
	event.preventDefault();
	const items = readCart();
	strand.track("order_paid", {
		orderId: `order-${Date.now()}`,
		value: sum(items),
		currency: "EUR",
		skus: items.map(({ sku }) => sku),
	});
	writeCart([]);
	location.href = "thanks.html";
});

document.querySelector("#contact")?.addEventListener("submit", (event) => {
	event.preventDefault();
	strand.track("lead_submitted", { topic: new FormData(event.target).get("topic") });
	location.href = "thanks.html";
});

document.querySelector("#login")?.addEventListener("submit", (event) => {
	event.preventDefault();
	const form = new FormData(event.target);
	strand.identify(form.get("user"), { email: form.get("email") });
	sessionStorage.setItem(USER, form.get("user"));
	showSession();
});

document.querySelector("#logout")?.addEventListener("click", () => {
	strand.reset();
	sessionStorage.removeItem(USER);
	showSession();
});

showCart();
showSession();
