#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Turns values into the JSON that events, outcomes and saga states are kept in, and back.
package enum EventCoding {
    // One coder a thread would save making them; making one costs under a microsecond.
    package static func encode(_ value: some Encodable) throws -> EventBytes {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        encoder.dateEncodingStrategy = .iso8601
        return EventBytes([UInt8](try encoder.encode(value)))
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: EventBytes) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: Data(bytes))
    }
}
