"""Tests a running shop over HTTP against the rules of SHOP.md. Usage: rules_test.py BASE_URL

It knows the rules and nothing of the code behind them: no import of the service, no access to
its database, which need not be empty. Each rule is a function, so that a report names what
broke. Prints one line per rule; exits 1 if any is broken, 2 if there is no service.

Needs Python 3.11 and httpx.
"""

import argparse
import asyncio
import json
import sys
import traceback
from collections.abc import Awaitable
from collections.abc import Callable
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from uuid import uuid4

import httpx

Json = dict[str, Any]
Rule = Callable[["Shop"], Awaitable[None]]

RULES: list[tuple[str, str, Rule]] = []
INVALID = 422
BIG = 10**30


def rule(name: str, text: str) -> Callable[[Rule], Rule]:
    """Register a check under the number, or the name, of the rule that it covers."""

    def register(function: Rule) -> Rule:
        RULES.append((name, text, function))
        return function

    return register


def money(value: object) -> Decimal:
    """Read an amount, whether JSON carries it as a number or as a string."""
    assert isinstance(value, int | float | str), f"no amount: {value!r}"
    assert not isinstance(value, bool), f"no amount: {value!r}"
    return Decimal(str(value))


def same(actual: object, expected: object, what: str) -> None:
    """Fail unless the two are equal."""
    assert actual == expected, f"{what}: expected {expected!r}, found {actual!r}"


class Shop:
    """A client of the shop; its methods do one request each, and check the status."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def send(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """Send a request; no answer may be a server error or an error without a JSON body."""
        response = await self.http.request(method, path, **kwargs)
        what = f"{method} {path} answered {response.status_code}: {response.text[:300]}"
        assert response.status_code < 500, what
        if response.status_code >= 400:
            body = response.json()
            assert isinstance(body, dict), what
            assert body, what
            assert "Traceback" not in response.text, what
        return response

    async def call(self, expected: int, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
        """Send a JSON request and return the JSON of the answer, which has this status."""
        kwargs = {} if body is None else {"json": body}
        response = await self.send(method, path, **kwargs)
        same(response.status_code, expected, f"status of {method} {path} ({response.text[:300]})")
        return response.json() if response.content else None

    async def product(self, **values: object) -> Json:
        """Create a product."""
        body = {"name": f"thing {uuid4().hex[:8]}", "price": "10.00", "stock": 10, **values}
        created: Json = await self.call(201, "POST", "/products", body)
        return created

    async def customer(self) -> Json:
        """Create a customer."""
        body = {"email": f"{uuid4().hex}@example.com", "full_name": "Ada Lovelace"}
        created: Json = await self.call(201, "POST", "/customers", body)
        return created

    async def cart(self, *lines: tuple[Json, int], customer: Json | None = None) -> Json:
        """Create a cart of a new customer, or of this one, with these products in it."""
        owner = customer or await self.customer()
        response = await self.send("POST", "/carts", json={"customer_id": owner["id"]})
        assert response.status_code in {200, 201}, response.text
        cart: Json = response.json()
        for product, quantity in lines:
            await self.add(cart, product, quantity)
        return await self.get("carts", cart)

    async def add(self, cart: Json, product: Json, quantity: int, expected: int = 201) -> None:
        """Put a product into a cart."""
        body = {"product_id": product["id"], "quantity": quantity}
        await self.call(expected, "POST", f"/carts/{cart['id']}/items", body)

    async def order(self, *lines: tuple[Json, int]) -> Json:
        """Create a cart with these products in it and order it."""
        cart = await self.cart(*lines)
        created: Json = await self.call(201, "POST", "/orders", {"cart_id": cart["id"]})
        return created

    async def get(self, kind: str, entity: Json) -> Json:
        """Read an entity again."""
        current: Json = await self.call(200, "GET", f"/{kind}/{entity['id']}")
        return current

    async def stock(self, product: Json) -> int:
        """Read the stock of a product."""
        value = (await self.get("products", product))["stock"]
        assert isinstance(value, int), f"stock is {value!r}"
        return value

    async def pages(self, path: str, limit: int, **query: str) -> list[Json]:
        """Read all pages of a list."""
        rows: list[Json] = []
        while True:
            params = {**query, "skip": len(rows), "limit": limit}
            response = await self.send("GET", path, params=params)
            same(response.status_code, 200, f"status of GET {path}")
            page = response.json()
            assert isinstance(page, list), f"GET {path} answered no list: {response.text[:200]}"
            assert len(page) <= limit, f"GET {path}: {len(page)} rows, limit is {limit}"
            repeated = {row["id"] for row in rows} & {row["id"] for row in page}
            assert not repeated, f"GET {path}: on two pages: {repeated}"
            rows += page
            if len(page) < limit:
                return rows

    async def at_once(self, *calls: tuple[str, str, object]) -> list[httpx.Response]:
        """Send requests at the same time, over connections that are open already."""
        await asyncio.gather(*(self.http.get("/health") for _ in calls))
        return await asyncio.gather(
            *(self.send(method, path, json=body) for method, path, body in calls)
        )


def statuses(responses: list[httpx.Response]) -> list[int]:
    """Return the statuses of the responses, in order."""
    return sorted(response.status_code for response in responses)


def items(cart: Json) -> dict[str, Json]:
    """Return the items of a cart or order by their product."""
    rows = {item["product_id"]: item for item in cart["items"]}
    same(len(rows), len(cart["items"]), "a product appears twice in the items")
    return rows


@rule("1", "POST /products: 201; invalid body 422")
async def create_product(shop: Shop) -> None:
    body = {"name": "Lamp", "description": "bright", "price": "19.99", "stock": 3}
    product = await shop.call(201, "POST", "/products", body)
    UUID(product["id"])
    same(product["name"], "Lamp", "name")
    same(product["description"], "bright", "description")
    same(money(product["price"]), Decimal("19.99"), "price")
    same(product["stock"], 3, "stock")
    same(product["is_active"], True, "is_active by default")
    same(await shop.get("products", product), product, "the product when read")

    hidden = await shop.product(is_active=False, price=5, stock=0)
    same(hidden["is_active"], False, "is_active as sent")
    same(money(hidden["price"]), Decimal(5), "price sent as an integer")
    same(hidden["stock"], 0, "stock 0")
    same((await shop.product())["description"], None, "description when none was sent")
    same(money((await shop.product(price=0.07))["price"]), Decimal("0.07"), "price sent as a float")

    invalid: list[tuple[str, object]] = [
        ("name", ""),
        ("name", None),
        ("name", 7),
        ("name", "x" * 100_000),
        ("name", "nul \x00 byte"),
        ("description", "nul \x00 byte"),
        ("price", 0),
        ("price", "0.00"),
        ("price", -1),
        ("price", "free"),
        ("price", None),
        ("price", "NaN"),
        ("price", "Infinity"),
        ("price", BIG),
        ("price", str(BIG)),
        ("price", "1.999"),
        ("stock", -1),
        ("stock", 1.5),
        ("stock", None),
        ("stock", "many"),
        ("stock", BIG),
        ("is_active", "perhaps"),
        ("is_active", None),
    ]
    for field, value in invalid:
        bad = {"name": "Lamp", "price": "1.00", "stock": 1, field: value}
        response = await shop.send("POST", "/products", json=bad)
        same(response.status_code, INVALID, f"status for {field} = {str(value)[:40]!r}")
    for field in ("name", "price", "stock"):
        bad = {"name": "Lamp", "price": "1.00", "stock": 1}
        del bad[field]
        await shop.call(INVALID, "POST", "/products", bad)
    wrong_bodies: tuple[object, ...] = ([], "text", 7)
    for wrong in wrong_bodies:
        await shop.call(INVALID, "POST", "/products", wrong)


@rule("2", "GET /products: active ones only, paginated, stable order")
async def list_products(shop: Shop) -> None:
    made = [await shop.product() for _ in range(7)]
    gone = await shop.product()
    await shop.call(200, "POST", f"/products/{gone['id']}/deactivate")
    unborn = await shop.product(is_active=False)

    rows = await shop.pages("/products", 3)
    ids = [row["id"] for row in rows]
    assert {product["id"] for product in made} <= set(ids), "a product is on no page"
    assert gone["id"] not in ids, "a deactivated product is listed"
    assert unborn["id"] not in ids, "an inactive product is listed"
    assert all(row["is_active"] for row in rows), "an inactive product is listed"
    same([row["id"] for row in await shop.pages("/products", 3)], ids, "order, read again")
    same([row["id"] for row in await shop.pages("/products", 50)], ids, "order, larger pages")
    # The order does not depend on where a row lies in its table.
    await shop.call(200, "PUT", f"/products/{made[0]['id']}", {"stock": 99})
    same([row["id"] for row in await shop.pages("/products", 3)], ids, "order, after an update")

    same(await shop.call(200, "GET", "/products?skip=1000000&limit=5"), [], "a page past the end")
    assert isinstance(await shop.call(200, "GET", "/products"), list), "no list by default"
    for query in ("skip=-1", "limit=0", "limit=-1", "skip=x", f"skip={BIG}", f"limit={BIG}"):
        await shop.call(INVALID, "GET", f"/products?{query}")


@rule("3", "GET /products/{id}: 404 if unknown")
async def get_product(shop: Shop) -> None:
    product = await shop.product()
    same(await shop.get("products", product), product, "the product")
    await shop.call(404, "GET", f"/products/{uuid4()}")
    await shop.call(INVALID, "GET", "/products/not-a-uuid")


@rule("4", "PUT /products/{id}: any subset of fields")
async def update_product(shop: Shop) -> None:
    expected = await shop.product(description="old")
    path = f"/products/{expected['id']}"
    changes: list[Json] = [
        {"name": "New"},
        {"description": "new"},
        {"stock": 0},
        {"price": "0.01"},
        {"is_active": False},
        {"is_active": True, "stock": 7},
        {"description": None},
        {},
    ]
    for change in changes:
        changed = await shop.call(200, "PUT", path, change)
        expected |= change
        same(money(changed["price"]), money(expected["price"]), f"price after {change}")
        expected["price"] = changed["price"]
        same(changed, expected, f"the product after {change}")
        same(await shop.call(200, "GET", path), expected, f"the product, read after {change}")
    bad_changes: list[Json] = [{"price": 0}, {"stock": -1}, {"name": ""}, {"name": None}]
    bad_changes += [{"stock": None}, {"price": None}, {"stock": BIG}, {"is_active": None}]
    for bad in bad_changes:
        await shop.call(INVALID, "PUT", path, bad)
    same(await shop.call(200, "GET", path), expected, "the product after invalid changes")
    await shop.call(404, "PUT", f"/products/{uuid4()}", {"name": "New"})


@rule("5", "POST /products/{id}/deactivate: hides it, deletes nothing")
async def deactivate_product(shop: Shop) -> None:
    product = await shop.product()
    order = await shop.order((product, 2))
    for _ in range(2):
        body = await shop.call(200, "POST", f"/products/{product['id']}/deactivate")
        same(body["is_active"], False, "is_active in the answer")
    same(await shop.stock(product), 8, "stock after deactivation")
    same((await shop.get("products", product))["is_active"], False, "is_active")
    same(await shop.get("orders", order), order, "an order of the product")
    await shop.call(404, "POST", f"/products/{uuid4()}/deactivate")


@rule("6", "POST /customers: 201; duplicate email 400")
async def create_customer(shop: Shop) -> None:
    before = datetime.now(UTC) - timedelta(minutes=5)
    email = f"{uuid4().hex}@example.com"
    body = {"email": email, "full_name": "Grace Hopper"}
    customer = await shop.call(201, "POST", "/customers", body)
    UUID(customer["id"])
    same(customer["email"], email, "email")
    same(customer["full_name"], "Grace Hopper", "full_name")
    created = datetime.fromisoformat(customer["created_at"])
    assert created.tzinfo is not None, "created_at has no time zone"
    assert before <= created <= before + timedelta(minutes=10), f"created_at is {created}"

    await shop.call(400, "POST", "/customers", body)
    await shop.call(400, "POST", "/customers", {**body, "full_name": "Somebody Else"})
    for bad in ("", "nobody", "a@", "@b.com", "a b@example.com", "a@b@example.com", None, 7):
        await shop.call(INVALID, "POST", "/customers", {**body, "email": bad})
    unused = {"email": f"{uuid4().hex}@example.com"}
    for name in ("", None, 7, "nul \x00 byte"):
        await shop.call(INVALID, "POST", "/customers", {**unused, "full_name": name})
    await shop.call(INVALID, "POST", "/customers", unused)
    await shop.call(201, "POST", "/customers", {**unused, "full_name": "Zoë Łukasz 陳"})


@rule("7", "GET /customers/{id}: 404")
async def get_customer(shop: Shop) -> None:
    customer = await shop.customer()
    same(await shop.get("customers", customer), customer, "the customer")
    await shop.call(404, "GET", f"/customers/{uuid4()}")


@rule("8", "POST /carts: one OPEN cart per customer, an existing one is returned")
async def open_cart(shop: Shop) -> None:
    customer, product = await shop.customer(), await shop.product()
    cart = await shop.call(201, "POST", "/carts", {"customer_id": customer["id"]})
    UUID(cart["id"])
    same(cart["customer_id"], customer["id"], "customer_id")
    same(cart["status"], "OPEN", "status")
    same(cart["items"], [], "items")
    await shop.add(cart, product, 2)
    again = await shop.cart(customer=customer)
    same(again["id"], cart["id"], "the cart of the second call")
    same(items(again)[product["id"]]["quantity"], 2, "the items of the second call")

    await shop.call(201, "POST", "/orders", {"cart_id": cart["id"]})
    fresh = await shop.call(201, "POST", "/carts", {"customer_id": customer["id"]})
    assert fresh["id"] != cart["id"], "a checked out cart was returned"
    other = await shop.cart()
    assert other["id"] != fresh["id"], "two customers share a cart"
    await shop.call(404, "POST", "/carts", {"customer_id": str(uuid4())})
    for bad in ({}, {"customer_id": None}, {"customer_id": "x"}):
        await shop.call(INVALID, "POST", "/carts", bad)


@rule("9", "POST /carts/{id}/items: active, in stock, adds up, at the price now")
async def add_item(shop: Shop) -> None:
    product = await shop.product(price="10.00", stock=5)
    cart = await shop.cart((product, 2))
    item = items(cart)[product["id"]]
    UUID(item["id"])
    same(item["quantity"], 2, "quantity")
    same(money(item["unit_price"]), Decimal(10), "unit_price")

    await shop.call(200, "PUT", f"/products/{product['id']}", {"price": "12.50"})
    item = items(await shop.get("carts", cart))[product["id"]]
    same(money(item["unit_price"]), Decimal(10), "unit_price after the price has changed")
    await shop.add(cart, product, 1)
    item = items(await shop.get("carts", cart))[product["id"]]
    same(item["quantity"], 3, "quantity when added again")
    same(money(item["unit_price"]), Decimal("12.5"), "unit_price when added again")

    await shop.add(cart, product, 3, expected=400)
    await shop.add(cart, await shop.product(stock=0), 1, expected=400)
    await shop.add(cart, await shop.product(is_active=False), 1, expected=400)
    same(items(await shop.get("carts", cart)), {product["id"]: item}, "items after refusals")
    await shop.add(cart, product, 2)
    same(await shop.stock(product), 5, "stock, which a cart does not take")

    for quantity in (0, -1, 1.5, None, "x", BIG):
        body = {"product_id": product["id"], "quantity": quantity}
        await shop.call(INVALID, "POST", f"/carts/{cart['id']}/items", body)
    await shop.add(cart, {"id": str(uuid4())}, 1, expected=404)
    await shop.add({"id": str(uuid4())}, product, 1, expected=404)


@rule("10", "GET /carts/{id}: items and subtotals")
async def get_cart(shop: Shop) -> None:
    one, two = await shop.product(price="0.10"), await shop.product(price="19.99")
    cart = await shop.cart((one, 3), (two, 2))
    rows = items(cart)
    same(set(rows), {one["id"], two["id"]}, "products in the cart")
    same(money(rows[one["id"]]["subtotal"]), Decimal("0.30"), "subtotal")
    same(money(rows[two["id"]]["subtotal"]), Decimal("39.98"), "subtotal")
    same(await shop.get("carts", cart), cart, "the cart when read again")
    await shop.call(404, "GET", f"/carts/{uuid4()}")


@rule("11", "PUT /carts/{id}/items/{item_id}: quantity 0 removes; beyond stock 400")
async def update_item(shop: Shop) -> None:
    one, two = await shop.product(stock=5), await shop.product()
    cart = await shop.cart((one, 1), (two, 1))
    path = f"/carts/{cart['id']}/items/{items(cart)[one['id']]['id']}"
    await shop.call(200, "PUT", path, {"quantity": 5})
    same(items(await shop.get("carts", cart))[one["id"]]["quantity"], 5, "quantity")
    await shop.call(400, "PUT", path, {"quantity": 6})
    for quantity in (-1, 1.5, None, "x", BIG):
        await shop.call(INVALID, "PUT", path, {"quantity": quantity})
    same(items(await shop.get("carts", cart))[one["id"]]["quantity"], 5, "quantity")

    foreign = await shop.cart((one, 1))
    await shop.call(404, "PUT", f"/carts/{foreign['id']}/items/{path[-36:]}", {"quantity": 1})
    await shop.call(404, "PUT", f"/carts/{cart['id']}/items/{uuid4()}", {"quantity": 1})
    await shop.call(404, "PUT", f"/carts/{uuid4()}/items/{path[-36:]}", {"quantity": 1})

    response = await shop.send("PUT", path, json={"quantity": 0})
    assert response.status_code in {200, 204}, f"status for quantity 0: {response.status_code}"
    same(set(items(await shop.get("carts", cart))), {two["id"]}, "products in the cart")
    await shop.call(404, "PUT", path, {"quantity": 1})


@rule("12", "DELETE /carts/{id}: empties it")
async def clear_cart(shop: Shop) -> None:
    product = await shop.product()
    cart = await shop.cart((product, 1), (await shop.product(), 2))
    for _ in range(2):
        response = await shop.send("DELETE", f"/carts/{cart['id']}")
        assert response.status_code in {200, 204}, f"status is {response.status_code}"
        empty = await shop.get("carts", cart)
        same(empty["items"], [], "items")
        same(empty["status"], "OPEN", "status")
    await shop.add(cart, product, 1)
    await shop.call(404, "DELETE", f"/carts/{uuid4()}")


@rule("13", "POST /orders: all stock or none; cart CHECKED_OUT; total computed")
async def place_order(shop: Shop) -> None:
    one = await shop.product(price="0.10", stock=5)
    two = await shop.product(price="19.99", stock=2)
    cart = await shop.cart((one, 3), (two, 2))
    await shop.call(200, "PUT", f"/products/{one['id']}", {"price": "99.00"})
    order = await shop.call(201, "POST", "/orders", {"cart_id": cart["id"]})
    UUID(order["id"])
    same(order["customer_id"], cart["customer_id"], "customer_id")
    same(order["status"], "PENDING_PAYMENT", "status")
    same(order["payment_status"], "PENDING", "payment_status")
    same(money(order["total_amount"]), Decimal("40.28"), "total_amount")
    assert datetime.fromisoformat(order["created_at"]).tzinfo, "created_at has no time zone"
    rows = items(order)
    same({key: row["quantity"] for key, row in rows.items()}, {one["id"]: 3, two["id"]: 2}, "items")
    same(money(rows[one["id"]]["unit_price"]), Decimal("0.1"), "unit_price as when added")
    same(await shop.stock(one), 2, "stock")
    same(await shop.stock(two), 0, "stock")
    same((await shop.get("carts", cart))["status"], "CHECKED_OUT", "status of the cart")

    for product in (one, two):
        await shop.call(200, "PUT", f"/products/{product['id']}", {"stock": 50})
    await shop.call(400, "POST", "/orders", {"cart_id": cart["id"]})
    await shop.add(cart, one, 1, expected=400)
    path = f"/carts/{cart['id']}/items/{items(cart)[one['id']]['id']}"
    await shop.call(400, "PUT", path, {"quantity": 1})
    await shop.call(400, "DELETE", f"/carts/{cart['id']}")
    same(await shop.stock(one), 50, "stock after a second checkout")
    empty = await shop.cart()
    await shop.call(400, "POST", "/orders", {"cart_id": empty["id"]})
    same((await shop.get("carts", empty))["status"], "OPEN", "status of an empty cart")

    scarce = await shop.product(stock=2)
    late = await shop.cart((one, 1), (scarce, 2))
    await shop.call(200, "PUT", f"/products/{scarce['id']}", {"stock": 1})
    await shop.call(400, "POST", "/orders", {"cart_id": late["id"]})
    same(await shop.stock(one), 50, "stock of another item of a refused order")
    same(await shop.stock(scarce), 1, "stock of the missing item")
    same((await shop.get("carts", late))["status"], "OPEN", "status of the refused cart")
    orders = await shop.pages("/orders", 10, customer_id=late["customer_id"])
    same(orders, [], "orders after a refusal")

    await shop.call(404, "POST", "/orders", {"cart_id": str(uuid4())})
    for bad in ({}, {"cart_id": None}, {"cart_id": "x"}):
        await shop.call(INVALID, "POST", "/orders", bad)


@rule("14", "POST /orders/{id}/pay: from PENDING_PAYMENT only, PAID and SIMULATED_OK")
async def pay_order(shop: Shop) -> None:
    product = await shop.product()
    order = await shop.order((product, 1))
    paid = await shop.call(200, "POST", f"/orders/{order['id']}/pay")
    same(paid, {**order, "status": "PAID", "payment_status": "SIMULATED_OK"}, "the order")
    same(await shop.get("orders", order), paid, "the order, read again")
    await shop.call(400, "POST", f"/orders/{order['id']}/pay")
    await shop.call(400, "POST", f"/orders/{order['id']}/cancel")
    same(await shop.get("orders", order), paid, "the order after refusals")
    same(await shop.stock(product), 9, "stock")
    await shop.call(404, "POST", f"/orders/{uuid4()}/pay")


@rule("15", "POST /orders/{id}/cancel: from PENDING_PAYMENT only, stock returns")
async def cancel_order(shop: Shop) -> None:
    one, two = await shop.product(stock=4), await shop.product(stock=3)
    order = await shop.order((one, 4), (two, 1))
    same(await shop.stock(one), 0, "stock after the order")
    cancelled = await shop.call(200, "POST", f"/orders/{order['id']}/cancel")
    same(cancelled, {**order, "status": "CANCELLED"}, "the order")
    for _ in range(2):
        same(await shop.stock(one), 4, "stock")
        same(await shop.stock(two), 3, "stock")
        await shop.call(400, "POST", f"/orders/{order['id']}/cancel")
    await shop.call(400, "POST", f"/orders/{order['id']}/pay")
    await shop.call(404, "POST", f"/orders/{uuid4()}/cancel")


@rule("16", "GET /orders: customer_id and status filter, both optional")
async def list_orders(shop: Shop) -> None:
    product, customer = await shop.product(stock=50), await shop.customer()
    made: list[Json] = []
    for _ in range(5):
        cart = await shop.cart((product, 1), customer=customer)
        made.append(await shop.call(201, "POST", "/orders", {"cart_id": cart["id"]}))
    other = await shop.order((product, 1))
    await shop.call(200, "POST", f"/orders/{made[0]['id']}/pay")
    await shop.call(200, "POST", f"/orders/{made[1]['id']}/cancel")

    async def listed(**query: str) -> set[str]:
        rows = await shop.pages("/orders", 2, **query)
        for row in rows:
            same(row["status"], query.get("status", row["status"]), "status of a listed order")
        return {row["id"] for row in rows}

    ids = [order["id"] for order in made]
    mine = customer["id"]
    same(await listed(customer_id=mine), set(ids), "orders of the customer")
    same(await listed(customer_id=mine, status="PAID"), {ids[0]}, "paid orders of the customer")
    same(await listed(customer_id=mine, status="CANCELLED"), {ids[1]}, "cancelled ones")
    same(await listed(customer_id=mine, status="PENDING_PAYMENT"), set(ids[2:]), "pending ones")
    same(await listed(customer_id=str(uuid4())), set(), "orders of an unknown customer")
    assert ids[0] in await listed(status="PAID"), "a paid order is missing"
    assert {*ids, other["id"]} <= await listed(), "an order is missing without a filter"
    first = await shop.pages("/orders", 2, customer_id=mine)
    same(await shop.pages("/orders", 2, customer_id=mine), first, "order of the list")
    same(items(first[0])[product["id"]]["quantity"], 1, "items of a listed order")
    for query in ("status=LOST", "customer_id=x", "skip=-1", "limit=0"):
        await shop.call(INVALID, "GET", f"/orders?{query}")


@rule("17", "GET /orders/{id}: 404")
async def get_order(shop: Shop) -> None:
    order = await shop.order((await shop.product(), 1))
    same(await shop.get("orders", order), order, "the order")
    await shop.call(404, "GET", f"/orders/{uuid4()}")


@rule("health", "GET /health, /ready, /metrics")
async def health(shop: Shop) -> None:
    for path in ("/health", "/ready"):
        assert isinstance(await shop.call(200, "GET", path), dict), f"{path} answered no object"
    response = await shop.send("GET", "/metrics")
    same(response.status_code, 200, "status of GET /metrics")
    assert response.headers["content-type"].startswith("text/plain"), "/metrics is no text"
    assert "# TYPE" in response.text, "/metrics is not in the format of Prometheus"


@rule("hostile", "nasty input is refused, never a server error")
async def hostile(shop: Shop) -> None:
    surrogate = b'{"name": "\\ud800", "price": "1.00", "stock": 1}'
    json_type = {"content-type": "application/json"}
    bodies = [surrogate, b'{"\\ud800": 1}', b"{", b"\xff\xfe", b"", b"null", b"NaN", b"[" * 100_000]
    bodies.append(b'{"name": "a", "price": 1e400, "stock": 1}')
    bodies.append(b'{"name": "a", "price": ' + b"9" * 5000 + b', "stock": 1}')
    for body in bodies:
        response = await shop.send("POST", "/products", content=body, headers=json_type)
        assert 400 <= response.status_code < 500, f"{body[:40]!r}: {response.status_code}"
    good = json.dumps({"name": "a", "price": "1.00", "stock": 1})
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "image/png"):
        headers = {"content-type": content_type}
        response = await shop.send("POST", "/products", content=good, headers=headers)
        assert 400 <= response.status_code < 500, f"{content_type}: {response.status_code}"
    for path in ("/products/%00", "/products/%ff", "/orders?status=%00", f"/products?skip={2**63}"):
        response = await shop.send("GET", path)
        assert 400 <= response.status_code < 500, f"{path}: {response.status_code}"
    for query in ("skip=0&skip=1", "limit=5&limit=x", "skip=&limit="):
        await shop.send("GET", f"/products?{query}")
    response = await shop.send("PATCH", f"/products/{uuid4()}", json={})
    same(response.status_code, 405, "status of a method that is not there")
    await shop.call(404, "GET", "/no-such-path")

    # Sums beyond the range of the columns.
    rich = await shop.product(price="9999999999.99", stock=2_147_483_647)
    cart = await shop.cart((rich, 2_147_483_647))
    same(items(cart)[rich["id"]]["quantity"], 2_147_483_647, "quantity")
    await shop.add(cart, rich, 2_147_483_647, expected=400)
    order = await shop.call(201, "POST", "/orders", {"cart_id": cart["id"]})
    same(money(order["total_amount"]), Decimal("21474836469978525163.53"), "total_amount")
    await shop.call(200, "PUT", f"/products/{rich['id']}", {"stock": 1})
    await shop.call(400, "POST", f"/orders/{order['id']}/cancel")
    same((await shop.get("orders", order))["status"], "PENDING_PAYMENT", "status")


@rule("race: last unit", "two checkouts of the last unit at once: exactly one succeeds")
async def race_last_unit(shop: Shop) -> None:
    for buyers, stock in ((2, 1), (2, 1), (2, 1), (2, 1), (8, 1), (12, 5)):
        product = await shop.product(stock=stock)
        carts = [await shop.cart((product, 1)) for _ in range(buyers)]
        answers = await shop.at_once(
            *(("POST", "/orders", {"cart_id": cart["id"]}) for cart in carts)
        )
        same(statuses(answers), [201] * stock + [400] * (buyers - stock), "statuses")
        same(await shop.stock(product), 0, "stock")
        after = sorted([(await shop.get("carts", cart))["status"] for cart in carts])
        same(after, ["CHECKED_OUT"] * stock + ["OPEN"] * (buyers - stock), "status of the carts")


@rule("race: one cart", "two checkouts of one cart at once: one order")
async def race_one_cart(shop: Shop) -> None:
    for _ in range(8):
        product = await shop.product()
        cart = await shop.cart((product, 2))
        answers = await shop.at_once(*[("POST", "/orders", {"cart_id": cart["id"]})] * 4)
        same(statuses(answers), [201, 400, 400, 400], "statuses")
        same(await shop.stock(product), 8, "stock")
        orders = await shop.pages("/orders", 10, customer_id=cart["customer_id"])
        same(len(orders), 1, "orders")


@rule("race: no deadlock", "checkouts of the same products in another order all succeed")
async def race_deadlock(shop: Shop) -> None:
    products = [await shop.product(stock=100) for _ in range(4)]
    for _ in range(3):
        carts = []
        for turn in range(8):
            lines = [(product, 1) for product in products]
            carts.append(await shop.cart(*(lines if turn % 2 else reversed(lines))))
        answers = await shop.at_once(
            *(("POST", "/orders", {"cart_id": cart["id"]}) for cart in carts)
        )
        same(statuses(answers), [201] * 8, "statuses of the checkouts")
        paths = [f"/orders/{answer.json()['id']}/cancel" for answer in answers]
        answers = await shop.at_once(*(("POST", path, None) for path in paths))
        same(statuses(answers), [200] * 8, "statuses of the cancellations")
    same([await shop.stock(product) for product in products], [100] * 4, "stock")


@rule("race: transitions", "pay and cancel at once: exactly one succeeds; stock returns once")
async def race_transitions(shop: Shop) -> None:
    for _ in range(4):
        product = await shop.product()
        order = await shop.order((product, 4))
        path = f"/orders/{order['id']}"
        answers = await shop.at_once(
            *[("POST", f"{path}/pay", None), ("POST", f"{path}/cancel", None)] * 3
        )
        same(statuses(answers), [200] + [400] * 5, "statuses")
        status = (await shop.get("orders", order))["status"]
        same(await shop.stock(product), {"PAID": 6, "CANCELLED": 10}[status], f"stock, {status}")


@rule("race: open carts", "a customer who opens carts at once gets one")
async def race_open_carts(shop: Shop) -> None:
    for _ in range(3):
        customer = await shop.customer()
        answers = await shop.at_once(*[("POST", "/carts", {"customer_id": customer["id"]})] * 8)
        assert set(statuses(answers)) <= {200, 201}, f"statuses: {statuses(answers)}"
        same(len({answer.json()["id"] for answer in answers}), 1, "number of carts")


@rule("race: email", "customers with one email at once: exactly one is created")
async def race_email(shop: Shop) -> None:
    body = {"email": f"{uuid4().hex}@example.com", "full_name": "Twin"}
    answers = await shop.at_once(*[("POST", "/customers", body)] * 6)
    same(statuses(answers), [201] + [400] * 5, "statuses")


@rule("race: items", "one product put into one cart at once adds up, within the stock")
async def race_items(shop: Shop) -> None:
    product = await shop.product(stock=5)
    cart = await shop.cart()
    body = {"product_id": product["id"], "quantity": 1}
    answers = await shop.at_once(*[("POST", f"/carts/{cart['id']}/items", body)] * 8)
    same(statuses(answers), [201] * 5 + [400] * 3, "statuses")
    same(items(await shop.get("carts", cart))[product["id"]]["quantity"], 5, "quantity")


async def run(base_url: str, only: list[str], timeout: float) -> int:
    """Check the rules one by one and return the exit status."""
    limits = httpx.Limits(max_connections=20)
    async with httpx.AsyncClient(base_url=base_url, timeout=timeout, limits=limits) as http:
        try:
            await http.get("/health")
        except httpx.TransportError as error:
            print(f"no service at {base_url}: {error}", file=sys.stderr)
            return 2
        broken = 0
        chosen = [entry for entry in RULES if not only or entry[0] in only]
        for name, text, check in chosen:
            try:
                await check(Shop(http))
            except (AssertionError, httpx.HTTPError, KeyError, TypeError, ValueError) as error:
                broken += 1
                print(f"BROKEN {name}: {text}\n       {error!r}")
                traceback.print_tb(error.__traceback__, limit=-2, file=sys.stdout)
            else:
                print(f"ok     {name}: {text}")
        print(f"{len(chosen) - broken} of {len(chosen)} rules hold")
        return 1 if broken or not chosen else 0


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base_url", help="where the shop is served, as in http://127.0.0.1:8000")
    parser.add_argument("--only", action="append", default=[], metavar="RULE", help="a rule's name")
    parser.add_argument("--timeout", type=float, default=30, help="seconds for one request")
    arguments = parser.parse_args()
    return asyncio.run(run(arguments.base_url, arguments.only, arguments.timeout))


if __name__ == "__main__":
    sys.exit(main())
