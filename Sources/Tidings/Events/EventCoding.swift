#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension DecodingError {
    /// Where and what, without the value: it may be somebody's, and errors are logged.
    fileprivate var place: String {
        func path(_ context: Context, _ last: [any CodingKey] = []) -> String {
            let keys = (context.codingPath + last).map { $0.intValue.map(String.init) ?? $0.stringValue }
            return keys.isEmpty ? "the data" : "`\(keys.joined(separator: "."))`"
        }
        return switch self {
        case .keyNotFound(let key, let context): "\(path(context, [key])) is missing"
        case .valueNotFound(let type, let context): "\(path(context)) is null, not \(type)"
        case .typeMismatch(let type, let context): "\(path(context)) is not \(type)"
        case .dataCorrupted(let context): "\(path(context)) is malformed"
        @unknown default: "the data is malformed"
        }
    }
}

/// Turns values into the JSON that events, outcomes and saga states are kept in, and back.
package enum EventCoding {
    // Set up once and never changed, so that every thread may use them.
    private static let encoder = makeEncoder()
    private static let decoder = makeDecoder()

    package static func encode(_ value: some Encodable) throws -> EventBytes {
        EventBytes([UInt8](try encoder.encode(value)))
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: EventBytes) throws -> Value {
        do {
            return try bytes.withUnsafeBytes { buffer in
                guard let start = buffer.baseAddress else { return try decoder.decode(type, from: Data()) }
                // The decoder is done with the bytes when it returns, so they need not be copied.
                let data = Data(
                    bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: buffer.count, deallocator: .none)
                return try decoder.decode(type, from: data)
            }
        } catch let error as DecodingError {
            throw TidingsError(.undecodable, "\(type) cannot be read: \(error.place)")
        }
    }

    private static func makeEncoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(Timestamp(date))
        }
        return encoder
    }

    private static func makeDecoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { Date(try Timestamp(from: $0)) }
        return decoder
    }
}

extension Timestamp {
    /// The nearest moment in whole microseconds, held inside the years that can be written.
    fileprivate init(_ date: Date) {
        let seconds = min(max(date.timeIntervalSince1970, -62_135_596_800), 253_402_300_799)
        self.init(microseconds: Int64((seconds * 1_000_000).rounded()))
    }
}

extension Date {
    fileprivate init(_ moment: Timestamp) {
        self.init(timeIntervalSince1970: Double(moment.microseconds) / 1_000_000)
    }
}
