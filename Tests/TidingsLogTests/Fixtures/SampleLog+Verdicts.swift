import TidingsLog

extension SampleLog {
    /// One bit of each byte, another one in each word, so that each bit of what a word holds has its turn.
    func verdict(onFlipping damage: Damage) -> Damage.Verdict {
        let (segment, offset) = (damage.segment, damage.offset)
        let mask = UInt8(1) << ((offset + offset / 8) % 8)
        let (recovered, system) = recover(segment) { $0[offset] ^= mask }
        switch segment {
        case 4 where offset < 4096: return settled(recovered, system, records.count, warnings: 1)
        // Something stands behind the segment that is being written, which therefore should have been complete.
        case 4: return refused(recovered, for: 3)
        case 3 where offset >= lastGroup.offset:
            return settled(recovered, system, recordCount(before: offset), warnings: 1)
        default:
            let isHarmless = recovered.isWhole(records.count, warnings: 0)
            let mustCheck = segment == 3 || offset < 4096 || isStored(segment, offset)
            return isHarmless && !mustCheck ? .harmless : refused(recovered, for: segment)
        }
    }

    /// With one byte of the first segment flipped and no other segment there, the log is refused and left alone.
    func verdict(onFlippingAlone damage: Damage) -> Damage.Verdict {
        var bytes = bytes(1)
        bytes[damage.offset] ^= UInt8(1) << ((damage.offset + damage.offset / 8) % 8)
        let files = [Self.path(1): bytes]
        let system = MemoryFileSystem(files)
        let recovered = recover(system)
        return recovered.isRefused(for: 1) && system.segments() == files ? .refused : .defect("\(recovered)")
    }

    /// With one byte of the first segment flipped, each of its records is read as it was, or damage is named. It counts as
    /// cut if only some are read.
    func verdict(onReading records: [Record], with damage: Damage) -> Damage.Verdict {
        let (offset, mask) = (damage.offset, UInt8(1) << ((damage.offset + damage.offset / 8) % 8))
        var files = files
        files[Self.path(1)]?[offset] ^= mask
        let start = self.records.first { $0.position.segment == 3 }?.position
        guard
            let log = try? Log.open(
                directory: Self.directory, options: .tiny, fileSystem: MemoryFileSystem(files), from: { start },
                replay: { _, _ in })
        else { return .defect("the log does not open") }
        defer { log.close() }
        var whole = 0
        for record in records {
            do throws(LogError) {
                guard try log.read(at: record.position) == record.payload else { return .defect("a wrong record") }
                whole += 1
            } catch {
                guard error.code == .corrupt else { return .defect("\(error)") }
            }
        }
        return whole == 0 ? .refused : whole == records.count ? .defect("nothing was noticed") : .cut
    }

    /// The files before the one that is being written have to be whole, and the one behind it is made again.
    func verdict(onCutting damage: Damage) -> Damage.Verdict {
        let (segment, length) = (damage.segment, damage.offset)
        let (recovered, system) = recover(segment) { $0.removeSubrange(length...) }
        let warnings = length < bytes(segment).count ? 1 : 0
        switch segment {
        case 4: return settled(recovered, system, records.count, warnings: warnings)
        case 3:
            let count = recordCount(before: length)
            guard mindsItsStart(length, count, warnings: warnings) else {
                return .defect("the record to begin with proves nothing")
            }
            return settled(recovered, system, count, warnings: warnings)
        default:
            return warnings == 0
                ? settled(recovered, system, records.count, warnings: 0) : refused(recovered, for: segment)
        }
    }

    /// Whether a log that is known to be durable up to its last group is refused when it has lost more than that.
    private func mindsItsStart(_ length: Int, _ count: Int, warnings: Int) -> Bool {
        let start = records.count - 3
        let recovered = recover(3, from: start) { $0.removeSubrange(length...) }.0
        return count <= start
            ? recovered.isRefused(for: 3) : recovered.isWhole(count - start, warnings: warnings)
    }

    /// How many records end before an offset in the segment that is being written.
    private func recordCount(before offset: Int) -> Int {
        records.count { $0.position.segment < 3 || $0.end <= offset }
    }

    private func refused(_ recovered: Recovered, for segment: UInt64) -> Damage.Verdict {
        recovered.isRefused(for: segment) ? .refused : .defect("\(recovered) instead of a refusal")
    }

    /// What was cut with a warning is gone for good: the next opening finds the same and has nothing to say.
    private func settled(
        _ recovered: Recovered, _ system: MemoryFileSystem, _ count: Int, warnings: Int
    ) -> Damage.Verdict {
        guard recovered.isWhole(count, warnings: warnings) else {
            return .defect("\(recovered) instead of \(count) records and \(warnings) warnings")
        }
        if warnings > 0 {
            let again = recover(system)
            guard again.isWhole(count, warnings: 0) else { return .defect("\(again) when opened again") }
        }
        return count < records.count ? .cut : .harmless
    }
}
