// Makes two of fixtures/pdf with PDFBox 2.0.27 and Bouncy Castle 1.72 (Debian: libpdfbox2-java, libbcpkix-java):
// java -cp '/usr/share/java/*' test/pdf/PdfBoxMaker.java fixtures/pdf
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Calendar;
import java.util.Date;
import java.util.List;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.PDResources;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAnnotationWidget;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.apache.pdfbox.pdmodel.interactive.form.PDAcroForm;
import org.apache.pdfbox.pdmodel.interactive.form.PDTextField;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

public class PdfBoxMaker {
  public static void main(String[] arguments) throws Exception {
    File form = new File(arguments[0], "pdfbox-form.pdf");
    try (PDDocument document = new PDDocument()) {
      fill(document);
      document.save(form);
    }
    try (PDDocument document = PDDocument.load(form);
        FileOutputStream out = new FileOutputStream(new File(arguments[0], "pdfbox-signed.pdf"))) {
      PDSignature signature = new PDSignature();
      signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
      signature.setSubFilter(PDSignature.SUBFILTER_ADBE_PKCS7_DETACHED);
      signature.setName("Another program");
      signature.setSignDate(Calendar.getInstance());
      document.addSignature(signature, PdfBoxMaker::sign);
      document.saveIncremental(out);
    }
  }

  /** A page, and a form with a field to fill in. */
  static void fill(PDDocument document) throws Exception {
    PDPage page = new PDPage(PDRectangle.A4);
    document.addPage(page);
    try (PDPageContentStream content = new PDPageContentStream(document, page)) {
      content.beginText();
      content.setFont(PDType1Font.HELVETICA, 12);
      content.newLineAtOffset(50, 750);
      content.showText("Application");
      content.endText();
    }
    PDAcroForm form = new PDAcroForm(document);
    document.getDocumentCatalog().setAcroForm(form);
    PDResources resources = new PDResources();
    resources.put(COSName.getPDFName("Helv"), PDType1Font.HELVETICA);
    form.setDefaultResources(resources);
    form.setDefaultAppearance("/Helv 0 Tf 0 g");
    PDTextField field = new PDTextField(form);
    field.setPartialName("name");
    PDAnnotationWidget widget = field.getWidgets().get(0);
    widget.setRectangle(new PDRectangle(50, 700, 200, 20));
    widget.setPage(page);
    page.getAnnotations().add(widget);
    form.getFields().add(field);
  }

  /** With a key that is thrown away. */
  static byte[] sign(InputStream content) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      KeyPair pair = generator.generateKeyPair();
      X500Name name = new X500Name("CN=Another program");
      ContentSigner signer = new JcaContentSignerBuilder("SHA256withRSA").build(pair.getPrivate());
      Date now = new Date();
      Date end = new Date(now.getTime() + 3650L * 86_400_000);
      X509CertificateHolder certificate =
          new JcaX509v3CertificateBuilder(name, BigInteger.ONE, now, end, name, pair.getPublic()).build(signer);
      CMSSignedDataGenerator cms = new CMSSignedDataGenerator();
      cms.addSignerInfoGenerator(
          new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
              .build(signer, certificate));
      cms.addCertificates(new JcaCertStore(List.of(certificate)));
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      content.transferTo(bytes);
      return cms.generate(new CMSProcessableByteArray(bytes.toByteArray()), false).getEncoded();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
