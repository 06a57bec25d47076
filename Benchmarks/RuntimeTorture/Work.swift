import Tidings

/// An item of work, in whichever version.
protocol Work: Event {
    static var version: Int { get }
    var number: Int { get }
    var key: String { get }
    var trouble: String { get }
    var cents: Int { get }
}

/// An item as older publishers and consumers know it: its amount is in whole units.
struct WorkAcceptedV1: Work {
    static let type: EventType = "torture.work-accepted.v1"
    static let version = 1
    let number: Int
    let key: String
    let trouble: String
    let units: Int

    var subject: String? { key }
    var cents: Int { units * 100 }
}

/// An item as it is now, with its amount in hundredths.
struct WorkAccepted: Work, LowerableEvent {
    static let type: EventType = "torture.work-accepted.v2"
    static let version = 2
    let number: Int
    let key: String
    let trouble: String
    let cents: Int

    var subject: String? { key }

    init(number: Int, key: String, trouble: String, cents: Int) {
        self.number = number
        self.key = key
        self.trouble = trouble
        self.cents = cents
    }

    init(upcasting previous: WorkAcceptedV1) {
        self.init(
            number: previous.number, key: previous.key, trouble: previous.trouble, cents: previous.units * 100)
    }

    func lowered() -> WorkAcceptedV1 {
        WorkAcceptedV1(number: number, key: key, trouble: trouble, units: cents / 100)
    }
}

/// What an item does to those who handle it, as its sender chose: `ledger:kill:2` kills the process at the ledger twice.
struct Trouble {
    enum What: String {
        /// The process traps.
        case kill
        /// An error, which counts as an attempt.
        case fail
        /// An error once, and then the process traps.
        case failAndKill = "fail-and-kill"
        /// Something is not available, which counts as none.
        case outage
        /// An effect that takes longer than the bus waits, and less than an effect may take.
        case slow
        /// An effect that ends only when it is cancelled.
        case hang
        /// An effect that does not end even then.
        case stuck
        /// What the saga waits for is refused, or never comes.
        case refuse, silent
        /// It is refused, and the first request to undo the work before it is not answered.
        case deaf
    }

    let place: String
    let what: What
    let times: Int

    /// - Returns: nil if a text names no trouble.
    init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 3, let what = What(rawValue: String(parts[1])), let times = Int(parts[2]) else {
            return nil
        }
        place = String(parts[0])
        self.what = what
        self.times = times
    }

    /// The error of an item that does not want to be handled.
    struct Poison: Error, CustomStringConvertible {
        let number: Int
        var description: String { "item \(number) is poison" }
    }
}
