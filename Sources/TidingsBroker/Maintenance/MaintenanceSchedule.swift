package import Tidings

/// When a round of maintenance is due: a pure schedule, without log, clock or task.
///
/// A round is due each time the log has grown by a number of bytes, when the disk is full, and when the oldest segment
/// has become older than the retention. None is due while one runs. Each report returns whether one is to begin now.
package struct MaintenanceSchedule {
    /// How long after a request for room the next one counts, and how long after a round another one follows while there
    /// is none.
    static let roomInterval = Duration.seconds(5)
    /// How often the age of the oldest segment is checked.
    private static let ageInterval = Duration.seconds(3600)

    private let segmentBytes: Int
    private let checkpointBytes: Int
    /// Where the last good checkpoint is.
    private var lastCheckpoint: RecordPosition
    /// How far the log was when a round became due by its growth.
    private var lastRound: RecordPosition?
    private var lastRoomRequest: Timestamp?
    private var lastAgeCheck: Timestamp?
    private var isRunning = false

    /// - Parameter lastCheckpoint: The position of the checkpoint that recovery began with; nil if there was none.
    package init(_ options: EmbeddedOptions, lastCheckpoint: RecordPosition?) {
        segmentBytes = options.segmentBytes
        checkpointBytes = options.checkpointBytes
        self.lastCheckpoint = lastCheckpoint ?? RecordPosition(segment: 1, offset: 0)
    }

    /// The log has grown.
    package mutating func logGrew(to end: RecordPosition) -> Bool {
        guard byteCount(from: lastCheckpoint, to: end) >= checkpointBytes else { return false }
        // A checkpoint that failed is not tried again at once.
        if let lastRound, byteCount(from: lastRound, to: end) < checkpointBytes / 8 { return false }
        lastRound = end
        return begin()
    }

    /// The disk is full.
    package mutating func roomIsNeeded(at now: Timestamp) -> Bool {
        guard Self.isDue(Self.roomInterval, after: lastRoomRequest, at: now) else { return false }
        lastRoomRequest = now
        return begin()
    }

    /// Whether the age of the oldest segment is to be checked now.
    package mutating func ageCheckIsDue(at now: Timestamp) -> Bool {
        guard Self.isDue(Self.ageInterval, after: lastAgeCheck, at: now) else { return false }
        lastAgeCheck = now
        return true
    }

    /// The oldest segment is older than the retention.
    package mutating func segmentExpired() -> Bool { begin() }

    /// A round has ended.
    package mutating func roundEnded() { isRunning = false }

    /// A checkpoint was written.
    package mutating func checkpointWritten(at position: RecordPosition) { lastCheckpoint = position }

    /// Whether so much was written since the last checkpoint that closing should write another one.
    package func isWorthCheckpoint(at end: RecordPosition) -> Bool {
        byteCount(from: lastCheckpoint, to: end) >= checkpointBytes / 8
    }

    private mutating func begin() -> Bool {
        guard !isRunning else { return false }
        isRunning = true
        return true
    }

    /// Also due if the clock was set back.
    private static func isDue(_ interval: Duration, after last: Timestamp?, at now: Timestamp) -> Bool {
        guard let last else { return true }
        return now - last >= interval || now < last
    }

    /// How many bytes of log lie between two positions, about.
    private func byteCount(from start: RecordPosition, to end: RecordPosition) -> Int {
        Int(end.segment - min(start.segment, end.segment)) * segmentBytes + Int(end.offset) - Int(start.offset)
    }
}
