import Synchronization
import TidingsLog

/// A log together with what came out of opening it.
struct OpenedLog {
    let log: Log
    let commits = Commits()
    let records: [[UInt8]]
    let positions: [LogPosition]
    let warnings: [String]

    /// - Parameter isStarted: Whether the writer runs at once.
    init(
        _ directory: String, _ options: LogOptions = .small, fileSystem: any FileSystem = POSIXFileSystem(),
        from start: LogPosition? = nil, isStarted: Bool = true
    ) throws {
        var records: [[UInt8]] = []
        var positions: [LogPosition] = []
        var warnings: [String] = []
        log = try Log.open(
            directory: directory, options: options, fileSystem: fileSystem, from: { start },
            onWarning: { warnings.append($0) },
            replay: { position, payload in
                positions.append(position)
                records.append(payload.withUnsafeBytes { Array($0) })
            })
        self.records = records
        self.positions = positions
        self.warnings = warnings
        if isStarted { self.start() }
    }

    init(
        _ folder: TemporaryFolder, _ options: LogOptions = .small, fileSystem: any FileSystem = POSIXFileSystem(),
        from start: LogPosition? = nil, isStarted: Bool = true
    ) throws {
        try self.init(folder.path, options, fileSystem: fileSystem, from: start, isStarted: isStarted)
    }

    func start() { log.start { [commits] in commits.report($0) } }

    func append(_ record: [UInt8], _ urgency: LogUrgency = .sync) throws(LogError) -> LogTicket {
        try log.append(record.span.bytes, urgency: urgency)
    }

    /// Commits records in groups of so many and returns their positions.
    func commit(_ records: [[UInt8]], inGroupsOf count: Int) async throws -> [LogPosition] {
        var positions: [LogPosition] = []
        for start in stride(from: 0, to: records.count, by: count) {
            let group = records[start..<min(start + count, records.count)]
            for record in group.dropLast() { positions.append(try append(record, .lazy).position) }
            if let last = group.last { positions.append(try await commit(last).position) }
        }
        return positions
    }

    /// Appends a record and waits until it is durable.
    @discardableResult
    func commit(_ record: [UInt8]) async throws -> LogTicket {
        let ticket = try append(record)
        await commits.synced(ticket)
        return ticket
    }
}

extension LogOptions {
    /// Segments of four pages, and nothing is synced that nobody waits for.
    static var small: LogOptions {
        var options = LogOptions()
        options.segmentBytes = 16 << 10
        options.lazyCommit = .seconds(3600)
        return options
    }
}

/// A record that names its number and has no zero in it, so that every lost byte shows.
func record(_ number: Int, byteCount: Int = 24) -> [UInt8] {
    let name = Array("record \(number) ".utf8)
    return name + Array(repeating: UInt8(ascii: "x"), count: max(0, byteCount - name.count))
}

/// Returns once the condition holds, which is looked at a thousand times a second.
func eventually(_ isMet: () throws -> Bool) async throws {
    while try !isMet() { try await Task.sleep(for: .milliseconds(1)) }
}

/// The name of the segment's file.
func segmentName(_ number: UInt64) -> String {
    String(repeating: "0", count: 20 - "\(number)".count) + "\(number).log"
}

/// Recovers a folder and gives back its records and warnings.
func recover(_ folder: TemporaryFolder) throws -> (records: [[UInt8]], warnings: [String]) {
    let opened = try OpenedLog(folder, isStarted: false)
    opened.log.close()
    return (opened.records, opened.warnings)
}
