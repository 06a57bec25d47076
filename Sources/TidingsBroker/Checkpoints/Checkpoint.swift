package import Tidings
import TidingsLog

/// The state at a position of the log, as a file.
///
///     0    magic            8   "TIDECKPT"
///     8    format version   4
///     12   feature flags    4   none are known yet; unknown ones are refused
///     16   payload length   8
///     24   payload              the position; where the duplicate window begins; the state
///     end  checksum         8   XXH64 over all bytes before it
package struct Checkpoint: Sendable {
    private static let magic: UInt64 = 0x5450_4B43_4544_4954
    private static let version: UInt32 = 3
    private static let headByteCount = 24

    /// The checkpoint's record. Later records are not in the state.
    package let position: RecordPosition
    /// Where the events begin by which duplicates are recognized.
    package let duplicatesFrom: RecordPosition
    let state: DurableState

    package init(position: RecordPosition, duplicatesFrom: RecordPosition, state: DurableState) {
        self.position = position
        self.duplicatesFrom = duplicatesFrom
        self.state = state
    }

    /// The bytes of the file.
    package func encoded() -> [UInt8] {
        var payload = BinaryBuilder()
        for position in [position, duplicatesFrom] {
            payload.write(position.segment)
            payload.write(position.offset)
        }
        state.encode(into: &payload)
        var file = BinaryBuilder()
        file.write(Self.magic)
        file.write(Self.version)
        file.write(0 as UInt32)
        file.write(UInt64(payload.bytes.count))
        file.write(payload.bytes)
        file.write(XXH64.hash(file.bytes.span.bytes, seed: Self.magic))
        return file.bytes
    }

    /// Reads a file.
    /// - Throws: `TidingsError` with code `corrupt` if the file is damaged, `unsupported` if a later version wrote it.
    package init(_ bytes: [UInt8], file: String) throws(TidingsError) {
        let end = bytes.count - 8
        guard end >= Self.headByteCount else { throw Self.damage(file, "it is too short") }
        var reader = BinaryReader(bytes[..<end])
        guard try reader.number() == Self.magic else {
            throw Self.damage(file, "it does not begin with its magic number")
        }
        let version: UInt32 = try reader.number()
        let flags: UInt32 = try reader.number()
        var checksum = BinaryReader(bytes[end...])
        guard try checksum.number() == XXH64.hash(bytes.span.bytes.extracting(0..<end), seed: Self.magic) else {
            throw Self.damage(file, "its checksum is wrong")
        }
        guard version == Self.version, flags == 0 else {
            throw TidingsError(
                .unsupported,
                "\(file) has format version \(version) and features \(flags); this program knows version "
                    + "\(Self.version). Open it with the version that wrote it, or a later one.")
        }
        guard try reader.number() == UInt64(reader.rest.count) else { throw Self.damage(file, "its length is wrong") }
        position = try RecordPosition(&reader)
        duplicatesFrom = try RecordPosition(&reader)
        state = try DurableState(&reader)
    }

    private static func damage(_ file: String, _ problem: String) -> TidingsError {
        TidingsError(.corrupt, "\(file) is not a checkpoint: \(problem)")
    }
}
