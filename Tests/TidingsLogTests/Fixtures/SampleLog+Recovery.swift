import TidingsLog

extension SampleLog {
    /// What came out of opening the log with one file changed.
    struct Recovered {
        /// How many records came, if those are the first ones there were, each as it was and in its place.
        var recordCount: Int?
        var warningCount = 0
        /// Why the log was refused, if it was, and whether that left every file alone.
        var refusal: LogError?
        var isUnchanged = true

        func isWhole(_ count: Int, warnings: Int) -> Bool {
            refusal == nil && recordCount == count && warningCount == warnings
        }

        /// Whether the log was refused for what stands in this segment, in words that say so.
        func isRefused(for segment: UInt64) -> Bool {
            guard let refusal else { return false }
            return refusal.code == .corrupt && isUnchanged
                && refusal.message.hasPrefix("\(SampleLog.path(segment)) is damaged at offset ")
        }
    }

    /// Opens the log with one file changed.
    ///
    /// - Parameter start: The record to begin with; the first one, unless said otherwise.
    /// - Returns: what came of it, and the files as it left them.
    func recover(
        _ segment: UInt64, from start: Int? = nil, _ change: (inout [UInt8]) -> Void
    ) -> (Recovered, MemoryFileSystem) {
        var files = files
        change(&files[Self.path(segment), default: []])
        let system = MemoryFileSystem(files)
        var recovered = recover(system, from: start)
        // Files that nobody wrote to share their bytes with these, so that this costs nothing.
        if recovered.refusal != nil { recovered.isUnchanged = system.segments() == files }
        return (recovered, system)
    }

    /// Opens and closes the log as these files have it.
    func recover(_ system: MemoryFileSystem, from start: Int? = nil) -> Recovered {
        var recovered = Recovered()
        let first = start ?? 0
        var next = first
        var isAsItWas = true
        do {
            let log = try Log.open(
                directory: Self.directory, options: .tiny, fileSystem: system,
                from: { start.map { records[$0].position } }, onWarning: { _ in recovered.warningCount += 1 },
                replay: { position, payload in
                    isAsItWas =
                        isAsItWas && next < records.count && records[next].position == position
                        && records[next].holds(payload)
                    next += 1
                })
            log.close()
            recovered.recordCount = isAsItWas ? next - first : nil
        } catch {
            recovered.refusal = error as? LogError ?? LogError(.io, "\(error)")
        }
        return recovered
    }
}
