/* Certificates for tests: a key and its certificate in one PEM file. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

void make_certificate(const char *file, const char *name, const char *alternative, const char *issuer, long valid_from, long valid_to);

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

/* A certificate for `name` and the alternative names ("DNS:a,IP:b"; NULL: it is for an authority), by the authority in the file
 * `issuer` (NULL: by itself), valid from and to so many seconds from now. */
void make_certificate(const char *file, const char *name, const char *alternative, const char *issuer, long valid_from, long valid_to)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *issuer_key = key;
	X509 *certificate = X509_new(), *issuer_certificate = certificate;
	static long serial;
	FILE *f = issuer ? fopen(issuer, "r") : NULL;
	if (f) {
		issuer_key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
		rewind(f);
		issuer_certificate = PEM_read_X509(f, NULL, NULL, NULL);
		fclose(f);
	}
	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(certificate), valid_from);
	X509_gmtime_adj(X509_getm_notAfter(certificate), valid_to);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(certificate, X509_get_subject_name(issuer_certificate));
	X509_set_pubkey(certificate, key);
	if (alternative)
		add_extension(certificate, issuer_certificate, NID_subject_alt_name, alternative);
	else
		add_extension(certificate, issuer_certificate, NID_basic_constraints, "critical,CA:TRUE");
	X509_sign(certificate, issuer_key, EVP_sha256());
	f = fopen(file, "w");
	if (!f)
		abort();
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	PEM_write_X509(f, certificate);
	fclose(f);
	if (issuer_certificate != certificate)
		X509_free(issuer_certificate);
	if (issuer_key != key)
		EVP_PKEY_free(issuer_key);
	X509_free(certificate);
	EVP_PKEY_free(key);
}
