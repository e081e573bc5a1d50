import ProjectionStore

/// Says of an SQLSTATE of PostgreSQL whose fault it is and what to do.
enum PostgresFailure {
    /// - Parameters:
    ///   - state: five characters; empty where the connection failed before the server could say anything.
    ///   - isQuery: whether the statement is a manifest's query: then what is wrong with it is the manifest's fault.
    static func error(_ state: String, _ said: String, _ place: String, isQuery: Bool = false) -> StoreError {
        let (code, advice) = isQuery ? (queryMeaning(of: state) ?? meaning(of: state)) : meaning(of: state)
        let number = state.isEmpty ? "" : " (PostgreSQL \(state))"
        return StoreError(code, "\(place): \(said)\(number)\(advice.isEmpty ? "" : "; \(advice)")")
    }

    /// A connection that could not be made: the server's words are all there is.
    static func connecting(_ said: String, _ place: String) -> StoreError {
        let refused = [
            "authentication failed", "does not exist", "no pg_hba.conf entry", "permission denied", "certificate",
            "no password supplied", "invalid connection option", "invalid sslmode", "invalid URI", "invalid port",
            "is not permitted to log in", "missing \"=\"", "invalid percent-encoded",
        ]
        if refused.contains(where: { said.contains($0) }) {
            return StoreError(
                .notWritable, "\(place): \(said); correct the store's address and credentials in the configuration")
        }
        return StoreError(.unavailable, "\(place): \(said); the worker goes on when it answers")
    }

    private static func queryMeaning(of state: String) -> (StoreError.Code, String)? {
        switch state {
        case "57014": return (.query, "it took too long and was stopped")
        case "25006": return (.query, "it has to be one SELECT")
        default: break
        }
        switch state.prefix(2) {
        case "22", "42", "0A", "21", "54", "3F", "2B": return (.query, "")
        default: return nil
        }
    }

    private static func meaning(of state: String) -> (StoreError.Code, String) {
        switch state {
        case "40001", "40P01", "55P03", "40002":
            return (.retry, "another transaction came first: do it again")
        case "25P02", "25P01":
            return (.retry, "the transaction failed earlier: do it again")
        case "25P03", "57014", "57P05":
            return (.unavailable, "the server ended what took too long")
        case "25006":
            return (
                .unavailable, "this server takes no writes, as a standby does: the worker waits for the new primary"
            )
        case "42501":
            return (.notWritable, "give the worker's role the right to it")
        case "42P01", "42703", "3F000":
            return (
                .corrupt,
                "somebody dropped or changed what the store had made: restore a backup, or drop the schema and let "
                    + "the worker rebuild it from the log"
            )
        case "53100":
            return (.unavailable, "the server's disk is full: free space; the worker goes on by itself")
        case "22021", "22P05":
            return (.constraint, "")
        case "58P01", "58P02", "58030":
            return (.unavailable, "the server's disk does not answer as it should: look at its log")
        default: break
        }
        switch state.prefix(2) {
        case "", "08", "57", "53", "58": return (.unavailable, "the worker goes on when it answers")
        case "40": return (.retry, "")
        case "22", "23", "54", "21": return (.constraint, "")
        case "28", "3D": return (.notWritable, "")
        case "XX": return (.corrupt, "look at the server's log; restore a backup where data is damaged")
        case "42", "0A": return (.query, "")
        default: return (.unavailable, "")
        }
    }
}
