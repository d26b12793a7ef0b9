import CGit2
import ClusterRunnerPlugin

/// The state of the callbacks in one conversation with a remote.
///
/// Used on the conversation's thread only.
final class RemoteTalk {
    let credentials: RemoteCredentials
    private let hostKeys: HostKeyCheck
    private let stop: StopFlag
    private var certificateFault: String?
    /// Whether the remote has accepted the connection.
    var isConnected = false

    init(credentials: RemoteCredentials, hostKeys: HostKeyCheck, stop: StopFlag) {
        self.credentials = credentials
        self.hostKeys = hostKeys
        self.stop = stop
    }

    /// Registers this in the callbacks, which must not outlive it.
    func install(in callbacks: inout git_remote_callbacks) {
        callbacks.payload = Unmanaged.passUnretained(self).toOpaque()
        callbacks.transfer_progress = { _, payload in RemoteTalk.of(payload).goOn }
        callbacks.sideband_progress = { _, _, payload in RemoteTalk.of(payload).goOn }
        callbacks.credentials = { out, _, user, allowed, payload in
            guard let out else { return GIT_ERROR.rawValue }
            let talk = RemoteTalk.of(payload)
            guard talk.goOn == 0 else { return talk.goOn }
            return talk.credentials.next(out, user: user.map { String(cString: $0) }, allowed: allowed)
        }
        callbacks.certificate_check = { certificate, isValid, _, payload in
            RemoteTalk.of(payload).judge(certificate, isValid: isValid == 1)
        }
    }

    /// Adds to a failure the details that are known here only.
    func explaining(_ failure: GitFailure) -> GitFailure {
        // When a callback ends the conversation, libgit2 repeats its last, unrelated message.
        let refusal = failure.is(GIT_EAUTH) ? credentials.summary : nil
        return GitFailure(
            code: failure.code,
            message: certificateFault ?? refusal ?? failure.message,
            isDamage: failure.isDamage
        )
    }

    private static func of(_ payload: UnsafeMutableRawPointer?) -> RemoteTalk {
        // Set by `install(in:)` on the same callbacks, so never nil.
        Unmanaged<RemoteTalk>.fromOpaque(payload.unsafelyUnwrapped).takeUnretainedValue()
    }

    private var goOn: Int32 { stop.isSet ? GIT_EUSER.rawValue : 0 }

    private func judge(_ certificate: UnsafeMutablePointer<git_cert>?, isValid: Bool) -> Int32 {
        guard let certificate, certificate.pointee.cert_type == GIT_CERT_HOSTKEY_LIBSSH2 else {
            return isValid ? 0 : GIT_ECERTIFICATE.rawValue
        }
        // libgit2 does not distinguish a changed key from an unknown one, so the check is repeated here.
        let key = UnsafeRawPointer(certificate).assumingMemoryBound(to: git_cert_hostkey.self).pointee
        guard key.type.rawValue & GIT_CERT_SSH_RAW.rawValue != 0, let bytes = key.hostkey else {
            certificateFault = "the server showed no ssh host key"
            return GIT_ECERTIFICATE.rawValue
        }
        let offered = UnsafeRawBufferPointer(start: bytes, count: key.hostkey_len)
        certificateFault = hostKeys.fault(ofKey: Array(offered))
        return certificateFault == nil ? 0 : GIT_ECERTIFICATE.rawValue
    }
}
