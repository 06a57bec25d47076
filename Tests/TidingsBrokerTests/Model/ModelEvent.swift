import Tidings
import TidingsRouting

/// An event of the model: enough to make the envelope again, and to say by plain means who wants it.
struct ModelEvent {
    let number: Int
    let type: Int
    /// 0 for none.
    let key: Int
    let total: Int
    /// When it was published by the clock of the bus.
    let time: Timestamp

    var envelope: Envelope {
        Envelope(
            id: EventID("event-\(number)"), source: "/model", type: ["a.v1", "b.v1", "c.v1"][type],
            subject: key == 0 ? nil : "key \(key)", time: Timestamp(seconds: 1000),
            data: EventBytes(#"{"number":\#(number),"total":\#(total)}"#))
    }

    /// What a group may ask for, in the language of patterns and in plain Swift.
    enum Wish: Int, CaseIterable {
        case everything, typeA, typesBAndC, large, oneKeyOfTypeA

        var pattern: EventPattern {
            get throws {
                switch self {
                case .everything: .all
                case .typeA: EventPattern(types: "a.*")
                case .typesBAndC: EventPattern(types: "b.v1", "c.*")
                case .large: try EventPattern(json: #"{"data":{"total":[{"numeric":[">=",50]}]}}"#)
                case .oneKeyOfTypeA: try EventPattern(json: #"{"type":["a.v1"],"subject":["key 1","key 2"]}"#)
                }
            }
        }

        func wants(_ event: ModelEvent) -> Bool {
            switch self {
            case .everything: true
            case .typeA: event.type == 0
            case .typesBAndC: event.type != 0
            case .large: event.total >= 50
            case .oneKeyOfTypeA: event.type == 0 && (event.key == 1 || event.key == 2)
            }
        }
    }
}
