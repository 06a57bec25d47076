import Tidings

/// Reserves, packs and ships an item, or undoes what was done, the last first.
struct Fulfilment: Saga {
    typealias ID = Int

    enum Stage: String, Codable {
        case reserving, packing, shipping, shipped, failed
    }

    let number: Int
    let trouble: String
    var stage = Stage.reserving

    static var compensation: CompensationPolicy { CompensationPolicy(maximumAttempts: 100, timeout: .seconds(2)) }

    static var definition: SagaDefinition<Fulfilment> {
        Starts(on: FulfilmentWanted.self, id: \.number) { Fulfilment(number: $0.number, trouble: $0.trouble) }
        When(FulfilmentWanted.self, id: \.number, in: .reserving) { saga, _ in
            [.publish(Asked.reserve(saga.number, saga.trouble))]
        }
        When(Reserved.self, id: \.number, in: .reserving) { saga, _ in
            saga.stage = .packing
            return [
                .step("reserve", compensation: Asked.release(saga.number, saga.trouble), compensatedBy: Released.self),
                .publish(Asked.pack(saga.number, saga.trouble)),
            ]
        }
        When(Packed.self, id: \.number, in: .packing) { saga, _ in
            saga.stage = .shipping
            return [
                .step("pack", compensation: Asked.unpack(saga.number, saga.trouble), compensatedBy: Unpacked.self),
                .publish(Asked.ship(saga.number, saga.trouble)),
            ]
        }
        When(Shipped.self, id: \.number, in: .shipping) { saga, _ in
            saga.stage = .shipped
            return [.complete]
        }
        When(ShippingRefused.self, id: \.number, in: .shipping) { saga, _ in
            saga.stage = .failed
            return [.compensate(reason: "refused")]
        }
        Timeout(after: .seconds(5), in: .shipping) { saga in
            if let torture = Desk.torture.value,
                torture.trouble(of: saga.trouble, number: saga.number, at: "timer") == .kill
            {
                fatalError("the time-out of item \(saga.number) kills the process")
            }
            saga.stage = .failed
            return [.compensate(reason: "time-out")]
        }
        Compensated(by: Released.self, id: \.number)
        Compensated(by: Unpacked.self, id: \.number)
    }
}

/// An item is to be reserved, packed and shipped.
struct FulfilmentWanted: Event {
    static let type: EventType = "torture.fulfilment-wanted.v1"
    let number: Int
    let trouble: String
    var subject: String? { "item-\(number)" }
}

/// What the sagas ask of the warehouse.
struct Asked: Event {
    enum What: String, Codable {
        case reserve, pack, ship, unpack, release
    }

    static let type: EventType = "torture.asked.v1"
    let what: What
    let number: Int
    let trouble: String
    var subject: String? { "item-\(number)" }

    static func reserve(_ number: Int, _ trouble: String) -> Asked {
        Asked(what: .reserve, number: number, trouble: trouble)
    }
    static func pack(_ number: Int, _ trouble: String) -> Asked { Asked(what: .pack, number: number, trouble: trouble) }
    static func ship(_ number: Int, _ trouble: String) -> Asked { Asked(what: .ship, number: number, trouble: trouble) }
    static func unpack(_ number: Int, _ trouble: String) -> Asked {
        Asked(what: .unpack, number: number, trouble: trouble)
    }
    static func release(_ number: Int, _ trouble: String) -> Asked {
        Asked(what: .release, number: number, trouble: trouble)
    }
}

struct Reserved: Event {
    static let type: EventType = "torture.reserved.v1"
    let number: Int
    var subject: String? { "item-\(number)" }
}

struct Packed: Event {
    static let type: EventType = "torture.packed.v1"
    let number: Int
    var subject: String? { "item-\(number)" }
}

struct Shipped: Event {
    static let type: EventType = "torture.shipped.v1"
    let number: Int
    var subject: String? { "item-\(number)" }
}

struct ShippingRefused: Event {
    static let type: EventType = "torture.shipping-refused.v1"
    let number: Int
    var subject: String? { "item-\(number)" }
}

struct Unpacked: Event {
    static let type: EventType = "torture.unpacked.v1"
    let number: Int
    var subject: String? { "item-\(number)" }
}

struct Released: Event {
    static let type: EventType = "torture.released.v1"
    let number: Int
    var subject: String? { "item-\(number)" }
}
