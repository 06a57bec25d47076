import Tidings
import TidingsLog

/// The files of an event log. Blocks on the disk; one call at a time.
///
/// Lines are written in batches, in order of the sequences; when a batch is synced its events leave the bus. So all lines
/// before the first event that has not left are whole and durable, and what stands behind them, whole or torn by a crash, is
/// cut and written again. Nothing stands twice.
struct EventLogFolder {
    private let directory: String
    private let fileSystem: any FileSystem
    /// How large a file becomes, unless a single line is larger.
    private let fileBytes: Int
    /// In the order of their sequences.
    private(set) var files: [EventLogFileName] = []
    /// How many bytes the last file has.
    private var size = 0

    /// Opens the folder, which is made if it is not there, and cuts what may not be durable.
    /// - Parameter sequence: The first event that is not known to be durable here; nil if all are.
    init(
        _ directory: String, _ fileSystem: any FileSystem, fileBytes: Int, from sequence: UInt64?
    ) throws(FileError) {
        self.directory = directory
        self.fileSystem = fileSystem
        self.fileBytes = fileBytes
        try fileSystem.createDirectory(directory)
        files = try fileSystem.list(directory).compactMap { EventLogFileName($0) }.sorted { $0.first < $1.first }
        if let sequence { try cut(from: sequence) }
        if let last = files.last { size = try fileSystem.open(path(last), .read).size() }
    }

    private func path(_ file: EventLogFileName) -> String { directory + "/" + file.text }

    // MARK: Cutting

    private mutating func cut(from sequence: UInt64) throws(FileError) {
        let count = files.count
        while let last = files.last, last.first >= sequence {
            try fileSystem.remove(path(last))
            files.removeLast()
        }
        // They must not come back beside what is written in their place.
        if files.count < count { try fileSystem.synchronizeDirectory(directory) }
        guard let last = files.last else { return }
        let (file, end) = (try fileSystem.open(path(last), .update), try end(of: last, before: sequence))
        // It begins before the sequence, so it has such a line; if not, somebody else has written it.
        if end > 0, try file.size() > end {
            try file.truncate(to: end)
            try file.synchronize()
        }
    }

    /// Where the last line ends whose event is before a sequence; 0 if there is none.
    private func end(of name: EventLogFileName, before sequence: UInt64) throws(FileError) -> Int {
        let file = try fileSystem.open(path(name), .read)
        var (offset, end) = (0, 0)
        var rest: [UInt8] = []
        while true {
            let chunk = try Self.read(file, at: offset + rest.count)
            rest += chunk
            var start = 0
            while let newline = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                if let found = EventLogLines.sequence(of: rest[start..<newline]), found < sequence {
                    end = offset + newline + 1
                }
                start = newline + 1
            }
            offset += start
            rest.removeFirst(start)
            if chunk.isEmpty { return end }
        }
    }

    private static func read(_ file: any LogFile, at offset: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        var span = bytes.mutableSpan
        var buffer = span.mutableBytes
        let count = try file.read(into: &buffer, at: offset)
        return Array(bytes.prefix(count))
    }

    // MARK: Writing

    /// Adds lines, durable when this returns. If it throws, the folder is to be opened anew.
    /// - Parameter today: The day of what has none, if there is no file yet.
    mutating func append(_ lines: EventLogLines, today: Int64) throws(FileError) {
        var (start, end, isNew) = (0, 0, false)
        for line in lines.lines {
            let day = line.day ?? files.last?.day ?? today
            let isRoomy = size + line.end - start <= fileBytes || size + end - start == 0
            if files.last?.day != day || !isRoomy {
                try write(lines.bytes, start..<end)
                start = end
                try begin(EventLogFileName(day: day, first: line.sequence))
                isNew = true
            }
            end = line.end
        }
        try write(lines.bytes, start..<end)
        if isNew { try fileSystem.synchronizeDirectory(directory) }
    }

    private mutating func begin(_ file: EventLogFileName) throws(FileError) {
        _ = try fileSystem.open(path(file), .create)
        files.append(file)
        size = 0
    }

    /// Adds bytes to the last file.
    private mutating func write(_ bytes: [UInt8], _ range: Range<Int>) throws(FileError) {
        guard !range.isEmpty, let last = files.last else { return }
        let file = try fileSystem.open(path(last), .update)
        do throws(FileError) {
            try file.write(bytes.span.bytes.extracting(range), at: size)
            try file.synchronize()
        } catch {
            // Whoever reads the file finds whole lines meanwhile.
            try? file.truncate(to: size)
            throw error
        }
        size += range.count
    }

    // MARK: Retention

    /// Removes the files whose events are all too old.
    mutating func removeExpired(after retention: Duration, at now: Timestamp) throws(FileError) {
        for file in files.expired(after: retention, at: now) {
            try fileSystem.remove(path(file))
            files.removeFirst()
        }
    }
}
