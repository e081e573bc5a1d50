// Digests over OpenSSL's libcrypto.
