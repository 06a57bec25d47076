import TidingsLog

extension RecordPosition {
    init(_ position: LogPosition) { self.init(segment: position.segment, offset: position.offset) }
}

extension StagedRecord {
    init(_ ticket: LogTicket) { self.init(ordinal: ticket.ordinal, position: RecordPosition(ticket.position)) }
}

extension LogPosition {
    init(_ position: RecordPosition) { self.init(segment: position.segment, offset: position.offset) }
}
