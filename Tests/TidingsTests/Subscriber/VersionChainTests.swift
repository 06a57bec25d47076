import Testing
import Tidings
import TidingsTesting

private struct PriceV1: Event {
    static let type: EventType = "price.set.v1"
    let product: String
    var subject: String? { product }
}

private struct PriceV2: LowerableEvent {
    static let type: EventType = "price.set.v2"
    let product: String
    var subject: String? { product }

    init(product: String) { self.product = product }
    init(upcasting previous: PriceV1) { product = previous.product }
    func lowered() -> PriceV1 { PriceV1(product: product) }
}

private struct PriceV3: LowerableEvent {
    static let type: EventType = "price.set.v3"
    let product: String
    var subject: String? { product }

    init(product: String) { self.product = product }
    init(upcasting previous: PriceV2) { product = previous.product }
    func lowered() -> PriceV2 { PriceV2(product: product) }
}

private struct ChimeV1: Event {
    static let type: EventType = "chime.v1"
    let bell: String
}

/// An event without a key, in two versions.
private struct ChimeV2: LowerableEvent {
    static let type: EventType = "chime.v2"
    let bell: String

    init(bell: String) { self.bell = bell }
    init(upcasting previous: ChimeV1) { bell = previous.bell }
    func lowered() -> ChimeV1 { ChimeV1(bell: bell) }
}

/// Events that are published in several versions at once.
@Suite(.timeLimit(.minutes(1))) struct VersionChainTests {
    @Test func `every form names the original, and follows it`() async throws {
        try await Bench.with { bench in
            let original = try await bench.database.transaction { try $0.publish(PriceV3(product: "p")) }
            let forms = try await bench.database.read {
                try Outbox.next(atMost: 9, bytes: 1 << 20, in: $0).rows.map(\.event)
            }
            #expect(forms.map(\.type.rawValue) == ["price.set.v3", "price.set.v2", "price.set.v1"])
            #expect(forms.map(\.twinOf) == [nil, original, original])
            #expect(Set(forms.map(\.id)).count == 3)
        }
    }

    @Test func `a group that knows the oldest form alone keeps no letter of the newer ones in its batch`() async throws
    {
        try await Bench.with { bench in
            try await bench.join("stock")
            _ = try await bench.database.transaction { try $0.publish(PriceV3(product: "p")) }
            try await bench.running(relay: bench.bus) { try await bench.until { try await bench.outbox().isEmpty } }
            let stock = bench.subscriber {
                On(PriceV1.self) { price, transaction in try transaction.note(price.product) }
            }
            try await bench.running(stock) {
                try await bench.until { try await bench.seen() == ["p"] }
                await bench.bus.waitUntilIdle()
                #expect(try await bench.count("tidings_parked") == 0)
            }
        }
    }

    @Test func `the forms of an event without a key run one effect though they come in one batch`() async throws {
        try await Bench.with { bench in
            let calls = Notes()
            let bells = bench.subscriber("bells") {
                $0.concurrency = 1
            } _: {
                On(ChimeV2.self) { _, effect in
                    calls.add(effect.idempotencyKey)
                    return 1
                } then: { chime, _, transaction in
                    try transaction.note(chime.bell)
                }
            }
            try await bench.join("bells")
            let newer = try bench.envelope(of: ChimeV2(bell: "b"))
            let older = try bench.envelope(
                of: ChimeV1(bell: "b"), extensions: ["twinof": .text(newer.id.rawValue)])
            try await bench.bus.publish([newer, older])
            try await bench.running(bells) {
                try await bench.until { try await bench.seen() == ["b"] }
                await bench.bus.waitUntilIdle()
                #expect(calls.all == ["bells:/test:\(newer.id)"])
                #expect(try await bench.seen() == ["b"])
            }
        }
    }
}
