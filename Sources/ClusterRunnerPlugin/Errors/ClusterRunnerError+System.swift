import Foundation

extension ClusterRunnerError.Code {
    /// The kind of a failure of the system with this number.
    ///
    /// What a full disk refuses may succeed later, so that is ``unavailable``; everything else is ``failed``.
    package static func ofSystem(_ number: Int32) -> Self {
        number == ENOSPC || number == EDQUOT ? .unavailable : .failed
    }
}

extension ClusterRunnerError {
    /// The error of something that Foundation could not do: what that was, and the system's reason.
    package init(_ what: String, because error: any Error) {
        guard let number = Self.systemNumber(of: error) else {
            self.init(.failed, "\(what).", cause: error)
            return
        }
        self.init(.ofSystem(number), "\(what): \(systemMessage(number)).")
    }

    /// The number of the system's error below an error of Foundation.
    private static func systemNumber(of error: any Error) -> Int32? {
        if let error = error as? POSIXError { return error.code.rawValue }
        let error = error as NSError
        if error.domain == NSPOSIXErrorDomain { return Int32(error.code) }
        return (error.userInfo[NSUnderlyingErrorKey] as? any Error).flatMap(systemNumber)
    }
}
