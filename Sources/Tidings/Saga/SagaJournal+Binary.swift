import TidingsRouting

/// The form in which journals are kept. A saga writes its journal with every event, so it is cheap to write and to read.
///
/// A leading byte names the layout. Numbers are little-endian; texts and lists have their length before them; an absent
/// text has the length, an absent moment the value, that nothing else has.
extension SagaJournal {
    private static let layout: UInt8 = 1

    /// The journal as bytes.
    package func binary() -> [UInt8] {
        var writer = BinaryBuilder()
        writer.write(Self.layout)
        writer.write(correlationID)
        writer.write(reason)
        writer.write(UInt8(hasHandledFailure ? 1 : 0))
        writer.write(UInt64(historyCount))
        writer.write(stageTimeout)
        writer.write(compensationTimeout)
        writer.write(UInt32(timeouts.count))
        for (name, end) in timeouts.sorted(by: { $0.key < $1.key }) {
            writer.write(name.string)
            writer.write(end)
        }
        writer.write(UInt32(steps.count))
        for step in steps { writer.write(step) }
        writer.write(UInt32(early.count))
        for event in early { writer.write(event) }
        return writer.bytes
    }

    /// Reads what ``binary()`` wrote.
    /// - Throws: ``TidingsError`` with code `corrupt`.
    package init(binary bytes: ArraySlice<UInt8>) throws(TidingsError) {
        var reader = BinaryReader(bytes)
        guard try reader.byte() == Self.layout else {
            throw TidingsError(.corrupt, "a saga was kept in a layout that this version does not know")
        }
        correlationID = try reader.text()
        reason = try reader.text()
        hasHandledFailure = try reader.byte() == 1
        historyCount = Int(clamping: try reader.number() as UInt64)
        stageTimeout = try reader.moment()
        compensationTimeout = try reader.moment()
        for _ in 0..<(try reader.number() as UInt32) {
            let name = ByteText(try reader.text() ?? "")
            timeouts[name] = try reader.moment()
        }
        for _ in 0..<(try reader.number() as UInt32) { steps.append(try reader.step()) }
        for _ in 0..<(try reader.number() as UInt32) { early.append(try reader.data()) }
        guard reader.rest.isEmpty else {
            throw TidingsError(.corrupt, "\(reader.rest.count) bytes follow the journal of a saga")
        }
    }
}

extension BinaryBuilder {
    fileprivate mutating func write(_ moment: Timestamp?) {
        write(moment?.microseconds ?? .min)
    }

    fileprivate mutating func write(_ step: SagaStep) {
        write(step.name)
        write(step.status.rawValue)
        write(UInt32(clamping: step.attempts))
        write(step.compensatedBy?.rawValue)
        write(UInt8(step.compensation == nil ? 0 : 1))
        if let compensation = step.compensation { write(compensation) }
    }

    private mutating func write(_ event: EncodedEvent) {
        write(event.type.rawValue)
        write(event.subject)
        write(event.data)
        write(UInt32(event.lowered.count))
        for lowered in event.lowered { write(lowered) }
    }
}

extension BinaryReader {
    fileprivate mutating func moment() throws(TidingsError) -> Timestamp? {
        let microseconds: Int64 = try number()
        return microseconds == .min ? nil : Timestamp(microseconds: microseconds)
    }

    fileprivate mutating func step() throws(TidingsError) -> SagaStep {
        let name = try text() ?? ""
        guard let status = SagaStep.Status(rawValue: try text() ?? "") else {
            throw TidingsError(.corrupt, "the step \(name) of a saga has a status that this version does not know")
        }
        let attempts = Int(try number() as UInt32)
        let compensatedBy = try text().map(EventType.init(rawValue:))
        return SagaStep(
            name: name, status: status, attempts: attempts,
            compensation: try byte() == 1 ? try event(canHaveLowered: true) : nil,
            compensatedBy: compensatedBy)
    }

    private mutating func event(canHaveLowered: Bool) throws(TidingsError) -> EncodedEvent {
        let type = EventType(rawValue: try text() ?? "")
        let subject = try text()
        let data = try data()
        var lowered: [EncodedEvent] = []
        let count: UInt32 = try number()
        guard count == 0 || canHaveLowered else {
            throw TidingsError(.corrupt, "the older form of a compensation has older forms of its own")
        }
        for _ in 0..<count { lowered.append(try event(canHaveLowered: false)) }
        return EncodedEvent(type: type, subject: subject, data: data, lowered: lowered)
    }
}
