import Tidings

/// The event that a publisher sends as its so-many-th: all of it follows from the two numbers, so that any process can
/// send it again and know whether it came as it was sent. `scripts/torture_test/events.py` reckons the same.
struct CountedEvent: Hashable {
    let publisher: Int
    let number: Int

    init(publisher: Int, number: Int) {
        self.publisher = publisher
        self.number = number
    }

    /// - Returns: nil where the event is not one of these.
    init?(_ id: EventID) {
        let numbers = id.rawValue.split(separator: "-").map { Int($0) }
        guard numbers.count == 2, let publisher = numbers[0], let number = numbers[1] else { return nil }
        self.init(publisher: publisher, number: number)
    }

    private var mixed: Int { (number * 2_654_435_761 + publisher * 40_503) & 0xFFFF_FFFF }

    var envelope: Envelope {
        let mixed = mixed
        let padding = String(repeating: "x", count: 64 + (mixed >> 4) % 700)
        return Envelope(
            id: EventID("\(publisher)-\(number)"), source: "/torture", type: "torture.counted.v1",
            subject: "\(publisher)-\((mixed >> 8) % 16)", time: Timestamp(microseconds: Int64(number)),
            data: EventBytes("{\"value\":\((mixed >> 12) % 1000),\"padding\":\"\(padding)\"}"))
    }
}
