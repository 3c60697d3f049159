/* test_devices.c - polytome with several devices: that they give what one does, weights, and files of rates, damaged ones
 * too. Usage: test_devices POLYTOME */
#include "program.h"

#include <unistd.h>

static const char scan[] = "--cone --sod 60 --sdd 120 --pixel 2 --voxel 1";

static void make_data(void)
{
    run_well("phantom --size 16 --slices 5 --output %s", in_folder("v.npy"));
    run_well("project %s %s --views 14 --device host --output %s", in_folder("v.npy"), scan, in_folder("p.npy"));
}

/* Two devices of one kind give the bits of one. */
static void same(const char *command, const char *input, const char *options)
{
    run_well("%s %s %s %s --device host --output %s --overwrite", command, in_folder(input), scan, options,
        in_folder("one.npy"));
    run_well("%s %s %s %s --device host,host,host --device-weights 2,1,1.5 --output %s --overwrite", command,
        in_folder(input), scan, options, in_folder("three.npy"));
    check(file_difference("three.npy", "one.npy") == 0, "%s %s: three devices give what one does", command, options);
}

static void test_same(void)
{
    same("project", "v.npy", "--views 14");
    same("project", "v.npy", "--views 14 --model footprint");
    same("reconstruct", "p.npy", "");
    same("reconstruct", "p.npy", "--slice middle --filter hann");
    same("reconstruct", "p.npy", "--metal 0.5");
    same("reconstruct", "p.npy", "--method sirt --subsets 3 --iterations 2");
    same("reconstruct", "p.npy", "--method sart --iterations 1");
    same("reconstruct", "p.npy", "--method cgls --iterations 3");
    same("reconstruct", "p.npy", "--method fista --iterations 2 --regularizer tv --strength 1");
    check(run("reconstruct %s %s --device host,host --json --quiet --output %s --overwrite", in_folder("p.npy"), scan,
              in_folder("one.npy")) == 0 &&
              strstr(program_out, "\"split\": [{\"device\": \"host:0\"") && strstr(program_out, "\"weight\": 1}]"),
        "the result tells how it is split: %s", program_out);
}

static void fails(int code, const char *options, const char *word)
{
    const int got = run("reconstruct %s %s %s --output %s", in_folder("p.npy"), scan, options, in_folder("never.npy"));
    check(got == code && strstr(program_err, word) && access(in_folder("never.npy"), F_OK) != 0, "%s -> %d %s", options,
        got, program_err);
}

static void test_wrong(void)
{
    fails(2, "--device host,", "expected names");
    fails(2, "--device ,host", "expected names");
    fails(2, "--device h,h,h,h,h,h,h,h,h,h,h,h,h,h,h,h,h", "more than 16");
    fails(5, "--device host,nothing", "nothing");
    fails(2, "--device host --device-weights 1", "for several devices");
    fails(2, "--device-weights 1,1", "for several devices");
    fails(2, "--device host,host --device-weights 1,2,3", "has 3 numbers");
    fails(2, "--device host,host --device-weights 1,0", "more than 0");
    fails(2, "--device host,host --device-weights 1,-3", "more than 0");
    fails(3, "--device host,host --device-weights 1,x", "1,x");
}

#ifdef PTM_IO_HAVE_JSON
static void fails_with(const char *file, const char *word)
{
    char options[4200];
    snprintf(options, sizeof options, "--device host,host --device-weights %s", in_folder(file));
    fails(3, options, word);
}

static void test_saved(void)
{
    ptm_io_rate *rates = NULL;
    int count = 0;
    check(run("bench --save %s --device host --size small --repeat 1 --quiet", in_folder("rates.json")) == 0,
        "bench --save: %s", program_err);
    must(ptm_io_rates_read(&rates, &count, in_folder("rates.json")));
    check(count == 1 && strcmp(rates->device, "host:0") == 0 && rates->forward > 0 && rates->adjoint > 0 && rates->fbp > 0,
        "%d devices, %s: %g, %g, %g", count, rates->device, rates->forward, rates->adjoint, rates->fbp);
    check(
        run("bench --save %s --device host --size small", in_folder("rates.json")) == 4 && !strstr(program_out, "forward"),
        "it is not replaced, and nothing is timed: %s", program_err);
    run_well("reconstruct %s %s --device host,host --device-weights %s --output %s --overwrite", in_folder("p.npy"), scan,
        in_folder("rates.json"), in_folder("one.npy"));
    run_well("project %s %s --device host,host --device-weights %s --output %s --overwrite", in_folder("v.npy"), scan,
        in_folder("rates.json"), in_folder("one.npy"));
    run_well(
        "reconstruct %s %s --device host,host --device-weights %s --method cgls --iterations 1 --output %s --overwrite",
        in_folder("p.npy"), scan, in_folder("rates.json"), in_folder("one.npy"));
    rates->fbp = 0;
    must(ptm_io_rates_write(in_folder("part.json"), rates, 1, false));
    fails_with("part.json", "no rate of fbp");
    strcpy(rates->model, "another");
    must(ptm_io_rates_write(in_folder("model.json"), rates, 1, false));
    fails_with("model.json", "was \"another\" then");
    strcpy(rates->device, "opencl:7");
    must(ptm_io_rates_write(in_folder("device.json"), rates, 1, false));
    fails_with("device.json", "no rates of host:0");
    free(rates);
}

static void test_damaged(void)
{
#define HEAD "{\"format\": \"polytome rates\", \"version\": "
    static const struct { const char *text, *word;
    } damaged[] = { { "", "is empty" }, { "[]", "expected an object" },
        { "{\"format\": \"polytome geometry\"}", "polytome rates" }, { HEAD "2}", "version" },
        { HEAD "1}", "devices is missing" }, { HEAD "1, \"devices\": []}", "1 to 64 devices" },
        { HEAD "1, \"devices\": [3]}", "devices[0] is 3" },
        { HEAD "1, \"devices\": [{\"device\": \"host:0\"}]}", "model is missing" },
        { HEAD "1, \"devices\": [{\"device\": \"host:0\", \"model\": \"x\", \"fbp\": 0}]}", "fbp is 0" },
        { HEAD "1, \"devices\": [{\"device\": \"host:0\", \"model\": \"x\", \"fbp\": \"1\"}]}", "expected a number" },
        { HEAD "1, \"devices\": [{\"device\": \"host:0\", \"model\": \"x\", \"fast\": 1}]}", "not known" },
        { HEAD "1, \"devices\": [{\"device\": \"host:0\", \"mod", "line 1" } };
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; ++i) {
        put_text("damaged.json", damaged[i].text);
        fails_with("damaged.json", damaged[i].word);
    }
    ptm_io_rate wrong = { .device = "host:0", .model = "x", .fbp = -1 };
    check(ptm_io_rates_write(in_folder("wrong.json"), &wrong, 1, false) == PTM_ERROR_ARGUMENT &&
              strstr(ptm_error_message(), "rates[0].fbp"),
        "a rate below 0 is refused: %s", ptm_error_message());
    check(ptm_io_rates_write(in_folder("wrong.json"), &wrong, 0, false) == PTM_ERROR_ARGUMENT, "and none at all");
    wrong = (ptm_io_rate){ .device = "\xff", .model = "x" };
    check(ptm_io_rates_write(in_folder("wrong.json"), &wrong, 1, false) == PTM_ERROR_ARGUMENT &&
              access(in_folder("wrong.json"), F_OK) != 0,
        "and a name that is no text");
}
#endif

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: test_devices POLYTOME\n"), 2;
    program_begin(argv[1]);
    make_data();
    test_same();
    test_wrong();
#ifdef PTM_IO_HAVE_JSON
    test_saved();
    test_damaged();
#endif
    clear_folder();
    program_end();
    return finish();
}
