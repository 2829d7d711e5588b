// What PDFBox and Bouncy Castle say of the signatures in a PDF: a line for each, "good" or "bad".
import java.io.File;
import java.nio.file.Files;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;

public class PdfBoxJudge {
  public static void main(String[] arguments) throws Exception {
    for (String path : arguments) {
      byte[] pdf = Files.readAllBytes(new File(path).toPath());
      try (PDDocument document = PDDocument.load(pdf)) {
        for (PDSignature signature : document.getSignatureDictionaries()) {
          System.out.println(signature.getSubFilter() + " " + (isGood(signature, pdf) ? "good" : "bad"));
        }
      }
    }
  }

  static boolean isGood(PDSignature signature, byte[] pdf) {
    try {
      CMSProcessableByteArray content = new CMSProcessableByteArray(signature.getSignedContent(pdf));
      CMSSignedData cms = new CMSSignedData(content, signature.getContents(pdf));
      SignerInformation signer = cms.getSignerInfos().getSigners().iterator().next();
      X509CertificateHolder certificate =
          (X509CertificateHolder) cms.getCertificates().getMatches(signer.getSID()).iterator().next();
      return signer.verify(new JcaSimpleSignerInfoVerifierBuilder().build(certificate));
    } catch (Exception e) {
      return false;
    }
  }
}
