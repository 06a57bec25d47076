import Testing
import Tidings

private struct PriceV1: Event, Equatable {
    static let type: EventType = "price.v1"
    let cents: Int
    var subject: String? { "price" }
}

private struct PriceV2: LowerableEvent, Equatable {
    static let type: EventType = "price.v2"
    let cents: Int
    let currency: String

    init(cents: Int, currency: String) {
        self.cents = cents
        self.currency = currency
    }

    init(upcasting previous: PriceV1) throws {
        self.init(cents: previous.cents, currency: "EUR")
    }

    func lowered() throws -> PriceV1 {
        guard currency == "EUR" else { throw NotEuro() }
        return PriceV1(cents: cents)
    }
}

private struct PriceV3: LowerableEvent, Equatable {
    static let type: EventType = "price.v3"
    let amount: Amount

    struct Amount: Codable, Equatable {
        let cents: Int
        let currency: String
    }

    init(cents: Int, currency: String) {
        amount = Amount(cents: cents, currency: currency)
    }

    init(upcasting previous: PriceV2) throws {
        guard previous.cents >= 0 else { throw NegativePrice() }
        self.init(cents: previous.cents, currency: previous.currency)
    }

    func lowered() throws -> PriceV2 {
        PriceV2(cents: amount.cents, currency: amount.currency)
    }
}

private struct NotEuro: Error {}
private struct NegativePrice: Error {}

@Suite struct EventVersionTests {
    private func envelope(_ type: EventType, _ data: String) -> Envelope {
        Envelope(id: "1", source: "/test", type: type, time: Timestamp(seconds: 0), data: EventBytes(data))
    }

    @Test(
        arguments: [
            ("price.v1", #"{"cents":5}"#, "EUR"),
            ("price.v2", #"{"cents":5,"currency":"SEK"}"#, "SEK"),
            ("price.v3", #"{"amount":{"cents":5,"currency":"SEK"}}"#, "SEK"),
        ] as [(EventType, String, String)])
    func `every older version is lifted to the newest`(_ type: EventType, data: String, currency: String) throws {
        let price = try envelope(type, data).decode(PriceV3.self)
        #expect(price == PriceV3(cents: 5, currency: currency))
    }

    @Test func `the newest version is not read as an older one`() {
        let error = #expect(throws: TidingsError.self) {
            try envelope("price.v3", #"{"amount":{"cents":5,"currency":"SEK"}}"#).decode(PriceV2.self)
        }
        #expect(error?.code == .undecodable)
    }

    @Test(
        arguments: [
            ("price.v1", "{}"), ("price.v1", "not JSON"), ("price.v2", #"{"cents":"five","currency":"EUR"}"#),
            ("price.v1", ""), ("price.v1", #"{"cents":-5}"#), ("other.v1", #"{"cents":5}"#),
        ] as [(EventType, String)])
    func `data that does not fit says so and keeps the cause`(_ type: EventType, data: String) {
        let error = #expect(throws: TidingsError.self) { try envelope(type, data).decode(PriceV3.self) }
        #expect(error?.code == .undecodable)
        #expect(error?.isOutage == false)
        #expect(error?.message.contains("five") == false, "a message holds no payload")
    }

    @Test func `the forms are the newest first and then each older one`() {
        #expect(PriceV3.forms.map(\.type) == ["price.v3", "price.v2", "price.v1"])
        #expect(PriceV1.forms.map(\.type) == ["price.v1"])
    }

    @Test func `an event is lowered through the whole chain`() throws {
        let lowered = try PriceV3(cents: 7, currency: "EUR").loweredForms()
        #expect(lowered.count == 2)
        #expect(lowered.first as? PriceV2 == PriceV2(cents: 7, currency: "EUR"))
        #expect(lowered.last as? PriceV1 == PriceV1(cents: 7))
        #expect(try PriceV1(cents: 7).loweredForms().isEmpty)
    }

    @Test func `what cannot be lowered throws`() {
        #expect(throws: NotEuro.self) { try PriceV3(cents: 7, currency: "SEK").loweredForms() }
    }

    @Test func `an event names its twin and its key by their attributes`() {
        var event = envelope("price.v1", "{}")
        #expect(event.twinOf == nil)
        #expect(event.orderingKey == nil)
        event.subject = "price"
        event.extensions = ["twinof": "7"]
        #expect(event.twinOf == "7")
        #expect(event.orderingKey == "price")
        event.extensions["partitionkey"] = "other"
        #expect(event.orderingKey == "other")
    }
}
