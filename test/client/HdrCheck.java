/*
 * HdrCheck.java: reads our files with HdrHistogram's own library and says what
 * it found, for test_hdr.py.
 *
 *   log FILE     a line per interval: tag start end total p50 p99 max (ns)
 *   decode       texts from the standard input, a line each: the same figures
 *   hgrm         one text from the standard input: its percentile distribution in ms
 */
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.Base64;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

public class HdrCheck {
    static String figures(Histogram histogram) {
        return histogram.getTotalCount() + " " + histogram.getValueAtPercentile(50) + " "
            + histogram.getValueAtPercentile(99) + " " + histogram.getMaxValue();
    }

    static Histogram decode(String text) throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(text));
        return Histogram.decodeFromCompressedByteBuffer(bytes, 0);
    }

    static void readLog(String path) throws Exception {
        HistogramLogReader reader = new HistogramLogReader(new File(path));
        while (reader.hasNext()) {
            EncodableHistogram next = reader.nextIntervalHistogram();
            if (next == null)
                break;
            System.out.println(next.getTag() + " " + next.getStartTimeStamp() + " "
                + next.getEndTimeStamp() + " " + figures((Histogram) next));
        }
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        if (arguments[0].equals("log")) {
            readLog(arguments[1]);
        } else if (arguments[0].equals("hgrm")) {
            decode(in.readLine()).outputPercentileDistribution(System.out, 5, 1e6);
        } else {
            for (String line = in.readLine(); line != null; line = in.readLine())
                System.out.println(figures(decode(line)));
        }
    }
}
